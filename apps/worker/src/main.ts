/** The worker alone, configured by the environment: for running it beside a server or in numbers. */
import { ConfigError, loadReadyConfig, type ReadyConfig } from '@contact-sync/config';
import { openLog, runAlone } from '@contact-sync/hub';
import { faultFields } from '@contact-sync/sync';
import { startWorker } from './start.ts';

// Not `exitCode`: whatever was left behind while closing would keep the process alive.
process.exit(await main());

async function main(): Promise<number> {
  const config = configured();
  if (config === null) return 2;
  const log = openLog(config.log_level);
  try {
    return await runAlone(config, log, startWorker);
  } catch (error) {
    log.error(faultFields(error), 'the worker cannot run');
    return 1;
  }
}

function configured(): ReadyConfig | null {
  try {
    return loadReadyConfig(process.env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return null;
  }
}
