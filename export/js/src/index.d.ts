/** A shared key, or half of a key pair: one line of text, as in the files of `keystego-tf keygen`. */
export type KeyText = string;

/** What hides: one of a passphrase, a shared key, and the receiver's public key. */
export type SenderKeys =
  | { passphrase: string; key?: undefined; to?: undefined }
  | { key: KeyText; passphrase?: undefined; to?: undefined }
  | { to: KeyText; passphrase?: undefined; key?: undefined };

/** What reads: a passphrase, or a shared key or the secret half of a key pair. */
export type ReaderKeys =
  | { passphrase: string; key?: undefined }
  | { key: KeyText; passphrase?: undefined };

/** Samples as a file stores them. */
export interface Picture {
  width: number;
  height: number;
  /** [height, width, 3] */
  rgb: Uint8Array;
  /** [height, width], 0 is transparent. */
  alpha: Uint8Array | null;
  /** The three samples of each pixel are equal. */
  gray: boolean;
  /** The file has only one of them, as has what `hide` writes. By default it is as `gray`. */
  storedGray?: boolean;
  /** How a viewer turns it, 1 to 8 as in EXIF; by default 1. `hide` turns it so. */
  orientation?: number;
  /** Chunks on what the colours mean; `hide` writes them again. */
  colours?: { name: string; content: Uint8Array }[];
}

/** A JPEG file's quantised coefficients, as `decodeJpeg` gives them. */
export interface Jpeg {
  readonly width: number;
  readonly height: number;
  readonly progressive: boolean;
}

/** The bytes of a PNG or JPEG file, samples, or a decoded JPEG. */
export type Image = Uint8Array | Picture | Jpeg;

/** How far it is, from 0 to 1, with one of several steps. */
export type Progress = (
  step: 'stretching' | 'looking' | 'reading' | 'scaling' | 'hiding' | 'sending' | 'writing',
  share: number,
) => void;

/** The nets of a bundle; `keystego-tf/litert` opens them. */
export interface Model {
  readonly entry: {
    readonly name: string;
    readonly scheme: 'symmetric' | 'asymmetric';
    readonly channels: 1 | 3;
    readonly message_shape: readonly number[];
  };
  read(tile: Float32Array, key: Uint8Array, mask: Uint8Array): Promise<Float32Array>;
  mask(key: Uint8Array): Promise<Uint8Array>;
}

/** Models, or a function that is called if it comes to them. */
export type Models = readonly Model[] | (() => Promise<readonly Model[]>);

export interface Stego {
  /** The bytes of a PNG file, or of a JPEG file if the cover is one or a messenger recompresses it. */
  file: Uint8Array;
  /** Pixels. */
  width: number;
  height: number;
  /** Bits that were placed, without the opening. */
  bits: number;
  /** Samples, or coefficients of a JPEG's luma, that changed, of how many: for a file, each by one step. */
  changed: number;
  samples: number;
  /** Against the cover, in dB; for a messenger against the photo as it would arrive without a message. */
  psnr: number;
}

export interface Capacity {
  embedder: string;
  /** Bytes of the longest message that does not deflate; null where none fits. */
  message: number | null;
  /** As `hide` takes it. */
  destination: string;
}

/** Nothing can be read; it never says why. */
export class NothingThere extends Error {}

/** A file, key or message that will not do, in words for users. */
export class Refused extends Error {}

/** The message does not fit into the image. */
export class DoesNotFit extends Refused {}

/** The messengers and networks that `destination` takes. Some crop a photo to a square. */
export const platforms: readonly {
  readonly name: string;
  readonly title: string;
  readonly square: boolean;
}[];

/**
 * Hide a message, text or bytes. Reads it back before it returns.
 *
 * For `file`, the default, it changes samples, or a JPEG file's coefficients, by one step. Other
 * destinations are the names of `platforms`, `jpeg:Q` with a quality from 50 to 95, and several of
 * them with commas between. The photo is scaled as these would, and becomes a JPEG that they leave
 * readable. A Picture for them has sRGB samples and is upright.
 */
export function hide(
  image: Image,
  message: Uint8Array | string,
  keys: SenderKeys,
  options?: { destination?: string; progress?: Progress },
): Promise<Stego>;

/** The message in an image. With `models`, also one that their nets hid. Rejects with NothingThere. */
export function reveal(
  image: Image,
  keys: ReaderKeys,
  options?: { models?: Models; progress?: Progress },
): Promise<Uint8Array>;

/** What an image holds, as a file and for each destination. */
export function capacity(
  image: Image,
  options?: { models?: Models },
): Promise<Capacity[]>;

/** A part of a message in several images, or null for a whole message. */
export function partOf(
  message: Uint8Array,
): { number: number; count: number; content: Uint8Array } | null;

/** A message as one image holds it: itself, or part 1 of 1 if it looks like a part. */
export function whole(message: Uint8Array): Uint8Array;

/** A fresh key pair: `secret` reads, `public` hides. Compare the fingerprint by voice. */
export function keygen(kind?: 'pair'): {
  secret: KeyText;
  public: KeyText;
  fingerprint: string;
};
/** A fresh key that both sides need. */
export function keygen(kind: 'shared'): { key: KeyText; fingerprint: string };

export type Key =
  | { kind: 'shared'; secret: Uint8Array }
  | { kind: 'secret'; seed: Uint8Array }
  | { kind: 'public'; x25519: Uint8Array };

/** The key of a text. Throws Refused. */
export function parseKey(text: KeyText): Key;

/** 30 digits of a shared or public key. */
export function fingerprint(key: Key): string;

/** The exact samples of a PNG file. Rejects with Refused. */
export function decodePng(file: Uint8Array): Promise<Picture>;

/** Whether a file begins like a JPEG. */
export function isJpeg(file: Uint8Array): boolean;

/** Whether `hide` takes a JPEG: not one of red, green and blue. */
export function canCarry(jpeg: Jpeg): boolean;

/** The quantised coefficients of a JPEG file. Throws Refused. */
export function decodeJpeg(file: Uint8Array): Jpeg;
