import { expect, test } from 'vitest';
import { examplesIn } from './examples.ts';

const README = `# a package

\`\`\`sh
npm ci
\`\`\`

\`\`\`ts
import { a } from 'a';

console.log(a(1)); // 1
if (a(2))
  console.log('https://a.example'); // https://a.example
console.log(
  a(3),
); // [ 3, '//' ]
a(4); // is not printed
\`\`\`

\`\`\`ts
// not run: it would never end
console.log(1); // 1
\`\`\`
`;

test('an example is a block of TypeScript, and prints what the comments behind its console.log say', () => {
  const [first, second, ...others] = examplesIn(README);
  expect(first?.code).toMatch(/^import .* is not printed\n$/s);
  expect(first).toMatchObject({ notRun: null, prints: ['1', 'https://a.example', "[ 3, '//' ]"] });
  expect(second).toMatchObject({ notRun: 'it would never end' });
  expect(others).toEqual([]);
});
