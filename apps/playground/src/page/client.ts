import { createParser } from 'eventsource-parser';
import type { Failure, RunEvent, RunRequest } from '../protocol/event.js';
import type { InnerLossReport, InnerLossRequest } from '../protocol/inner-loss.js';
import type { ModelListing } from '../protocol/model.js';

/** The server's refusal, as its fields. */
export class Refused extends Error {
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(failure.got);
    this.failure = failure;
  }
}

export async function fetchModels(): Promise<readonly ModelListing[]> {
  // Answers of our own server, which is built from the same types, are trusted as such here and in `generate`.
  return (await accepted(fetch('/api/models'))).json() as Promise<readonly ModelListing[]>;
}

export async function openModel(name: string, signal: AbortSignal): Promise<void> {
  await accepted(fetch(`/api/models/${encodeURIComponent(name)}/open`, { method: 'POST', signal }));
}

export async function readInnerLosses(request: InnerLossRequest): Promise<InnerLossReport> {
  const headers = { 'Content-Type': 'application/json' };
  return (await accepted(fetch('/api/inner-losses', { method: 'POST', headers, body: JSON.stringify(request) }))).json() as Promise<InnerLossReport>;
}

/** The run's events, in the bundles in which they arrive. Aborting ends the generation on the server too. */
export async function* generate(request: RunRequest, signal: AbortSignal): AsyncGenerator<readonly RunEvent[], void, void> {
  const headers = { 'Content-Type': 'application/json' };
  const response = await accepted(fetch('/api/generate', { method: 'POST', headers, body: JSON.stringify(request), signal }));
  let arrived: RunEvent[] = [];
  const parser = createParser({ onEvent: ({ data }) => arrived.push(JSON.parse(data) as RunEvent) });
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  for (let chunk = await reader?.read(); chunk?.done === false; chunk = await reader?.read()) {
    parser.feed(chunk.value);
    if (arrived.length > 0) yield arrived;
    arrived = [];
  }
}

async function accepted(answer: Promise<Response>): Promise<Response> {
  const response = await answer.catch((error: unknown) => {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new Refused({ where: 'server', expected: 'an answer', got: 'none', hint: 'Is the server still running?' });
  });
  if (response.ok) return response;
  throw new Refused(await failureIn(response));
}

async function failureIn(response: Response): Promise<Failure> {
  const isJson = response.headers.get('content-type')?.startsWith('application/json') ?? false;
  if (isJson) return response.json() as Promise<Failure>;
  return { where: 'server', expected: 'an answer', got: `status ${response.status}` };
}
