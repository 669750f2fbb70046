import { resolve } from "node:path";

import type { JsonObject } from "@switchboard/client";

import { readLocalImage } from "../images/local-image.js";
import { ToolArguments } from "./arguments.js";
import type { ToolParts } from "./tool-parts.js";
import { ToolRefusal, type Tool } from "./tool.js";

/** Gives the model a picture from a file. */
export function viewImage({ settings }: ToolParts): Tool {
  return {
    name: "view_image",
    isParallel: true,
    call: async (call, { items }) => {
      const path = resolve(settings().cwd, ToolArguments.of(call).string("path"));
      const image = await readLocalImage(path);
      if (!image.ok) {
        throw new ToolRefusal(
          image.isMissing
            ? `unable to locate image at \`${path}\`: ${image.reason}`
            : `unable to process image: ${image.reason}`,
        );
      }
      items.startedAndCompleted({ type: "imageView", id: call.call_id, path });
      return [{ type: "input_image", image_url: image.dataUrl, detail: "high" }];
    },
  };
}

export const viewImageDefinition: JsonObject = {
  type: "function",
  name: "view_image",
  description: "Shows you an image file of this machine: PNG, JPEG, GIF or WebP.",
  strict: false,
  parameters: {
    type: "object",
    properties: { path: { type: "string", description: "Where the file is." } },
    required: ["path"],
    additionalProperties: false,
  },
};
