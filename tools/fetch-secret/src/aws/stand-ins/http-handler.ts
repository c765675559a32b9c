/** In the place of `@smithy/node-http-handler`, which loads http, https and http2: the handler that is given is the handler. */
export const NodeHttpHandler = { create: (handler: unknown): unknown => handler }

/** The bytes of a body as our handler gives it. */
export async function streamCollector(body: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  for await (const chunk of body) chunks.push(chunk)
  return Buffer.concat(chunks)
}
