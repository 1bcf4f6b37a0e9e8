/** stub */
export async function* readGzip(
  _chunks: AsyncIterable<Uint8Array<ArrayBuffer>>,
  _options: { source: string },
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  throw new Error("not yet");
}
