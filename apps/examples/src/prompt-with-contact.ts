/**
 * A prompt with a contact: `npm run example:prompt -- 382956481151511909 "What should I bring to dinner?"` prints what a
 * language model is to be sent. A contact of category X is refused, whichever system says so.
 */
import { openServices } from '@contact-sync/hub';
import { ContactPromptBuilder, ExcludedContactError } from '@contact-sync/prompt';

const [contactId, question] = process.argv.slice(2);
if (contactId === undefined || question === undefined) {
  console.error('npm run example:prompt -- <contact_id> <question>');
  process.exit(2);
}

await using services = await openServices(process.env);
const builder = new ContactPromptBuilder({ sources: services.sources });
try {
  const { system, user, tokens, truncated, dropped } = await builder.buildPromptWithContact({
    basePrompt: 'You advise somebody on the people of their life: briefly, kindly, and from what you are told alone.',
    question,
    contactId,
    source: 'local',
    budget: 1_500,
    now: new Date().toISOString(),
    redact: ['phones', 'emails'],
  });
  console.log(
    JSON.stringify(
      {
        messages: [
          { role: 'system', content: system },
          { role: 'user', content: user },
        ],
      },
      null,
      2,
    ),
  );
  console.error(`${tokens} tokens, ${truncated.length} blocks cut, ${dropped.length} left out`);
} catch (error) {
  if (!(error instanceof ExcludedContactError)) throw error;
  console.error(error.code);
  process.exitCode = 1;
}
