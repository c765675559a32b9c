import type { Readable } from 'node:stream'

/** Whoever uses the stream from here on gets other words for the error that ends it. */
export function explainEnd(stream: Readable, explain: (error: Error) => Error): void {
  const emit = stream.emit.bind(stream)
  const destroy = stream.destroy.bind(stream)
  // node:tls emits an alert that comes after the handshake without destroying anything.
  stream.emit = (event: string | symbol, ...given: unknown[]) =>
    emit(event, ...(event === 'error' && given[0] instanceof Error ? [explain(given[0])] : given))
  // What is asked after the end is the error that it was destroyed with.
  stream.destroy = (error) => destroy(error instanceof Error ? explain(error) : error)
}
