/** Ends a command with an exit code and no further words: it has said already what is wrong. */
export class ExitWith extends Error {
  override readonly name = 'ExitWith';
  readonly code: number;

  constructor(code: number) {
    super(`Exit with ${code}.`);
    this.code = code;
  }
}
