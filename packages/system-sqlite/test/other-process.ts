import { DatabaseSync } from 'node:sqlite';

const [, , path = ''] = process.argv;
const db = new DatabaseSync(path, { timeout: 10_000 });
process.on('message', (sql: string) => {
  try {
    db.exec(sql);
    process.send?.('done');
  } catch (error) {
    process.send?.(String(error));
  }
});
process.on('disconnect', () => db.close());
process.send?.('ready');
