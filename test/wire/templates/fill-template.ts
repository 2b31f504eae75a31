/** The line that a template and its values stand for. */
export function fillTemplate(template: string, params: readonly string[]): string {
  const [first = '', ...rest] = template.split('<*>');
  return rest.reduce((text, part, index) => `${text}${params[index] ?? ''}${part}`, first);
}

/** A line with one blank for any run of blanks and control characters, and none around. */
export function normalLine(line: string): string {
  // eslint-disable-next-line no-control-regex -- control characters count as blanks
  return line.replace(/[\u0000- \u007f]+/g, ' ').trim();
}
