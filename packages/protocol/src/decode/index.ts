export { type Decoded, type Decoder } from "./decoder.js";
export { decoderIfLoaded, loadDecoder, type ClientParams } from "./params-decoder.js";
export { loadResponseDecoder, type ServerRequestResult } from "./response-decoder.js";
