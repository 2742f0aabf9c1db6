/** What a run tells: one stream for the terminal, the log file and the tests. */
export type TrainingEvent =
  | { readonly type: 'start'; readonly step: number; readonly steps: number; readonly parameters: number; readonly tokensPerStep: number; readonly resumed: boolean }
  | {
      readonly type: 'step';
      readonly step: number;
      /** Of this step's batch, nats. */
      readonly loss: number;
      readonly gradientNorm: number;
      readonly learningRateFactor: number;
      readonly tokensSeen: number;
      readonly tokensPerSecond: number;
      readonly secondsLeft: number;
    }
  | { readonly type: 'evaluation'; readonly step: number; readonly loss: number }
  | { readonly type: 'sample'; readonly step: number; readonly text: string }
  | { readonly type: 'save'; readonly step: number }
  | { readonly type: 'finish'; readonly step: number; readonly reason: 'steps' | 'aborted'; readonly tokensSeen: number; readonly seconds: number };
