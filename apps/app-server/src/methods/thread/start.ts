import type { Thread } from "@switchboard/agent";
import { currentIdentity } from "@switchboard/login";
import { messageOf, RpcError, rpcCodes, type ThreadStartResponse } from "@switchboard/protocol";

import { commandHost, notifyEnvironment } from "../../config/command-host.js";
import { modelProvider } from "../../config/model-provider.js";
import { loadProjectInstructions } from "../../config/project-instructions.js";
import type { Handler } from "../../server/context.js";
import { watchTurns } from "../../telemetry/watch-turns.js";
import { refuseWhileDraining } from "../draining.js";
import { serviceOriginator } from "./service-name.js";
import { resolveThreadSettings } from "./thread-settings.js";

/** `thread/start`: makes a thread and subscribes the connection to it. Its MCP servers start meanwhile; only required ones are waited for. */
export const startThread: Handler<"thread/start"> = async (params, { request, connection, server }) => {
  refuseWhileDraining(server);
  const creator = currentIdentity();
  const [{ settings, provider, config, reloadMcp }, installationId, ruleWarnings] = await Promise.all([
    resolveThreadSettings(params, server),
    server.installationId(),
    server.rules.load(),
  ]);
  const { credentials, requestClient, realtimeSockets, responseSockets, threads, options, subscriptions } = server;
  const { codexHome, environment } = options;
  const projectInstructions = await loadProjectInstructions(settings.cwd, codexHome, config.projectDocs);
  const thread: Thread = threads.start(
    {
      settings,
      provider: modelProvider(settings.modelProvider, provider, { environment, openai: credentials }),
      creator,
      serviceOriginator: serviceOriginator(params.serviceName),
      baseInstructions: params.baseInstructions ?? undefined,
      developerInstructions: params.developerInstructions ?? config.developerInstructions,
      projectInstructions,
      ephemeral: params.ephemeral ?? false,
      threadSource: params.threadSource ?? null,
      mcp: { settings: config.mcp, reload: reloadMcp },
      dynamicTools: params.dynamicTools ?? [],
      tools: config.tools,
      commands: commandHost(config, environment, codexHome, server.rules),
      autoCompactTokenLimit: config.autoCompactTokenLimit,
      reviewModel: config.reviewModel,
      realtime: config.realtime,
    },
    {
      client: requestClient,
      sockets: responseSockets,
      realtimeSockets,
      emit: server.emitterFor(() => thread.id),
      ask: server.askerFor(() => thread.id),
      mcpServers: server.mcpServers,
      clock: options.clock,
      installationId,
      residency: options.residency,
      watchTurn: watchTurns(
        { ...server.records, notifier: server.notifier },
        config.notify && { argv: config.notify, environment: notifyEnvironment(config, environment) },
      ),
    },
  );
  await thread.mcp.requireReady().catch(async (error: unknown) => {
    await threads.unload(thread.id);
    throw new RpcError(
      rpcCodes.internal,
      `error creating thread: Fatal error: Failed to initialize session: ${messageOf(error)}`,
    );
  });
  if (request.signal.aborted) {
    // The client went while it waited; nobody else knows of the thread.
    await threads.unload(thread.id);
    throw request.signal.reason;
  }
  server.watch(thread, connection);
  server.records.telemetry?.metrics?.threadStarted(creator.originator, settings.model);
  server.records.analytics?.threadOpened(thread, creator, "new");
  request.afterReply(() => {
    subscriptions.emit(thread.id, "thread/started", { thread: thread.describe() });
    thread.mcp.announce();
    thread.prewarm();
    for (const message of ruleWarnings) connection.notify("warning", { threadId: thread.id, message });
  });
  return describeOpened(thread);
};

/** What both `thread/start` and `thread/resume` tell of a thread. */
export function describeOpened(thread: Thread): ThreadStartResponse {
  const { settings } = thread;
  return {
    thread: thread.describe(),
    model: settings.model,
    modelProvider: settings.modelProvider,
    serviceTier: settings.serviceTier,
    disabledPluginIds: settings.disabledPluginIds,
    cwd: settings.cwd,
    runtimeWorkspaceRoots:
      settings.environments?.flatMap(({ runtimeWorkspaceRoots }) => runtimeWorkspaceRoots ?? []) ?? [],
    instructionSources: [...thread.instructionSources],
    approvalPolicy: settings.approvalPolicy,
    approvalsReviewer: settings.approvalsReviewer,
    sandbox: settings.sandboxPolicy,
    activePermissionProfile: settings.activePermissionProfile,
    reasoningEffort: settings.effort,
    multiAgentMode: settings.multiAgentMode,
  };
}
