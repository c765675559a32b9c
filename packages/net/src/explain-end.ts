import type { Readable } from 'node:stream'

/** Whoever uses the stream from here on gets other words for the error that it is destroyed with, also when asking later. */
export function explainEnd(stream: Readable, explain: (error: Error) => Error): void {
  const destroy = stream.destroy.bind(stream)
  stream.destroy = (error) => destroy(error instanceof Error ? explain(error) : error)
}
