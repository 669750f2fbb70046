import { listRealtimeVoices } from "@switchboard/agent";

import type { Handler } from "../../../server/context.js";

/** `thread/realtime/listVoices`: the voices there are for each version. */
export const listVoices: Handler<"thread/realtime/listVoices"> = () => ({ voices: listRealtimeVoices() });
