export {
  type Config,
  type Databases,
  isLoopback,
  isReady,
  type LogLevel,
  type ReadyConfig,
  sqliteFile,
} from './config.ts';
export { ConfigError, type ConfigProblem } from './config-error.ts';
export { loadConfig, loadMapping } from './load.ts';
export type { Mapping } from './mapping.ts';
export type { Variable } from './variables.ts';
