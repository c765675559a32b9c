declare module 'unbzip2-stream/lib/bzip2.js' {
  type ReadBits = (count: number | null) => number
  const bzip2: {
    /** The level, 1 to 9, of a stream. Throws Error. */
    header(bits: ReadBits): number
    /** One block; returns the CRC of the stream so far, or null at its end. Throws Error. */
    decompress(
      bits: ReadBits,
      put: (byte: number) => void,
      block: Int32Array,
      blockSize: number,
      streamCrc: number,
    ): number | null
  }
  export = bzip2
}
