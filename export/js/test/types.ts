// Compiled, not run: the declarations take what they should, and refuse what they should not.

import { NothingThere, capacity, hide, keygen, platforms, reveal, type Stego } from 'keystego-tf';
import { openModels } from 'keystego-tf/litert';

export async function use(photo: Uint8Array): Promise<string> {
  const { secret, public: open } = keygen();
  const stego: Stego = await hide(photo, 'a message', { to: open });
  const sent: Stego = await hide(photo, 'a message', { to: open }, { destination: platforms[0].name });
  const [{ message }] = await capacity(photo);
  const models = await openModels(new URL('models/', 'https://example.org'), new URL('wasm/', 'https://example.org'));
  // @ts-expect-error one name, or several in one text
  await hide(sent.file, 'a message', { to: open }, { destination: ['whatsapp', 'signal'] });
  // @ts-expect-error one key at a time
  await hide(photo, 'a message', { to: open, passphrase: 'another' });
  // @ts-expect-error a shared key is no pair
  keygen('shared').secret;
  try {
    const found = await reveal(stego.file, { key: secret }, { models });
    return new TextDecoder().decode(found) + (message ?? 0).toFixed();
  } catch (error) {
    if (error instanceof NothingThere) return '';
    throw error;
  }
}
