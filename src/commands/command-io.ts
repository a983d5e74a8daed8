/** What a command may know of the process it runs in. */
export interface CommandIo {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly stdout: TextSink;
  readonly stderr: TextSink;
  /** Aborts when the user or the system asks the process to end. */
  readonly stop: AbortSignal;
  /** Asks for that long to end in order after `stop`. */
  endWithin(ms: number): void;
}

export interface TextSink {
  write(text: string): unknown;
  readonly isTTY?: boolean;
}

/** How a command hands its exit code to the process. */
export type SetExitCode = (code: number) => void;
