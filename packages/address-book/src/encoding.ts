/** Bytes that are no text of their encoding become this one, which UTF-8 has nowhere: whoever reads them notices. */
const NO_TEXT = Buffer.from([0xff]);

/** Something that turns bytes into UTF-8, chunk by chunk. */
interface Recoder {
  push(chunk: Buffer): Buffer;
  end(): Buffer;
}

/** Bytes of UTF-8, or of what is no UTF-8 either: without the mark, and from UTF-16 where one says so. */
export async function* utf8Chunks(
  input: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  encoding: string,
): AsyncGenerator<Buffer> {
  let start: Buffer | null = Buffer.alloc(0);
  let recoder = recoderOf(encoding);
  for await (const chunk of input) {
    if (!(chunk instanceof Uint8Array)) throw new TypeError('an address book is read from bytes, not from text');
    let bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    if (start) {
      if (start.length > 0) bytes = Buffer.concat([start, bytes]);
      start = bytes.length < 3 ? bytes : null;
      if (start) continue;
      ({ bytes, recoder } = withoutMark(bytes, recoder));
    }
    yield recoder.push(bytes);
  }
  if (start) {
    const { bytes, recoder: marked } = withoutMark(start, recoder);
    recoder = marked;
    yield recoder.push(bytes);
  }
  yield recoder.end();
}

/** A mark is believed more than what somebody says of the file. */
function withoutMark(bytes: Buffer, recoder: Recoder): { readonly bytes: Buffer; readonly recoder: Recoder } {
  const [first, second, third] = bytes;
  if (first === 0xef && second === 0xbb && third === 0xbf) return { bytes: bytes.subarray(3), recoder: AS_IT_IS };
  if (first === 0xff && second === 0xfe) return { bytes: bytes.subarray(2), recoder: recoderOf('utf-16le') };
  if (first === 0xfe && second === 0xff) return { bytes: bytes.subarray(2), recoder: recoderOf('utf-16be') };
  return { bytes, recoder };
}

const AS_IT_IS: Recoder = { push: (chunk) => chunk, end: () => Buffer.alloc(0) };

/** @throws {RangeError} for an encoding that nobody knows */
export function recoderOf(label: string): Recoder {
  const decoder = new TextDecoder(label, { ignoreBOM: true });
  if (decoder.encoding === 'utf-8') return AS_IT_IS;
  return {
    push: (chunk) => encoded(decoder.decode(chunk, { stream: true })),
    end: () => encoded(decoder.decode()),
  };
}

/** The decoder writes U+FFFD for what is no text. A UTF-16 file that really has one is refused there, too. */
function encoded(text: string): Buffer {
  const pieces = text.split('\ufffd');
  return Buffer.concat(pieces.flatMap((piece, index) => [...(index > 0 ? [NO_TEXT] : []), Buffer.from(piece)]));
}
