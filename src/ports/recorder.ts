/** Keeps the recordings of recent passes. Never throws and never holds a pass up. */
export interface Recorder {
  /** `text` is called only if the recording is kept. */
  record(pool: string, text: () => string): void;
}

/** Where nothing is recorded. */
export const noRecorder: Recorder = { record: () => undefined };
