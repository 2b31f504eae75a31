import type { ActorInfo } from '../model/actor-event.ts';

export interface TreeRow {
  /** The name with the lines of the tree in front. */
  readonly label: string;
  readonly actor: ActorInfo;
}

/** Actors as rows of a drawn tree, parents before their children, at most `depth` levels. */
export function actorTree(actors: readonly ActorInfo[], depth = Infinity): readonly TreeRow[] {
  const paths = new Set(actors.map(({ path }) => path));
  const children = new Map<string | undefined, ActorInfo[]>();
  for (const actor of actors) {
    const parent = actor.parent !== undefined && paths.has(actor.parent) ? actor.parent : undefined;
    const siblings = children.get(parent);
    if (siblings === undefined) children.set(parent, [actor]);
    else siblings.push(actor);
  }
  const rows: TreeRow[] = [];
  const visit = (parent: string | undefined, prefix: string, level: number): void => {
    const siblings = children.get(parent) ?? [];
    siblings.forEach((actor, index) => {
      const isLast = index === siblings.length - 1;
      const isRoot = parent === undefined;
      rows.push({
        label: isRoot ? actor.name : `${prefix}${isLast ? '└─ ' : '├─ '}${actor.name}`,
        actor,
      });
      if (level < depth)
        visit(actor.path, isRoot ? '' : `${prefix}${isLast ? '   ' : '│  '}`, level + 1);
    });
  };
  visit(undefined, '', 1);
  return rows;
}
