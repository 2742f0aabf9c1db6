/** Body of `POST /api/inner-losses`. */
export interface InnerLossRequest {
  readonly model: string;
  readonly text: string;
}

/** How the layers of a model that learn while they read learnt from a text. */
export interface InnerLossReport {
  readonly model: string;
  /** One text per token that was read; that of the begin token is empty. */
  readonly texts: readonly string[];
  /** Tokens of the text, more than were read where it is longer than the context. */
  readonly whole: number;
  readonly layers: readonly LayerLosses[];
}

/** A number to each mini-batch, means over the layer's heads. */
export interface LayerLosses {
  readonly layer: string;
  readonly tokens: readonly number[];
  readonly lossBefore: readonly number[];
  readonly lossAfter: readonly number[];
  /** How far the fast weights are from where the text began: the root of the sum of squares. */
  readonly moved: readonly number[];
}
