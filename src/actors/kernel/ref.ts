declare const accepts: unique symbol;

/** Where messages of type `Msg` go. Contravariant, so that a reference cannot stand for one of another actor's. */
export interface ActorRef<in Msg> {
  readonly [accepts]?: (message: Msg) => void;
  /** `/site/partition-3/shard-0/device-w1`: unique among live actors. */
  readonly path: string;
}
