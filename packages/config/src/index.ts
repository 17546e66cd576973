export {
  type Config,
  type Databases,
  isLoopback,
  isReady,
  type LogLevel,
  type ReadyConfig,
} from './config.ts';
export { ConfigError, type ConfigProblem } from './config-error.ts';
export { loadConfig, loadMapping, loadReadyConfig } from './load.ts';
export type { Mapping } from './mapping.ts';
export { sqliteFile, type Variable } from './variables.ts';
