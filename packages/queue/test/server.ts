/** stand-in until testkit has one */
export async function testServer(): Promise<{ url: string; close(): Promise<void> }> {
  return { url: 'postgres://postgres@127.0.0.1:54991/postgres', close: async () => {} };
}
