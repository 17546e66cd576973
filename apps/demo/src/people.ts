/** Lifelike people from a fixed seed: many scripts and accents, missing parts, some with much to tell. */
import type { Content } from '@contact-sync/contact';

/** mulberry32: small, seeded, good enough to pick names with. */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const NAMES: readonly (readonly [given: string, family: string, latin: string])[] = [
  ['Zoë', 'Müller', 'zoe.mueller'],
  ['José María', 'Núñez', 'jose.nunez'],
  ['Đặng', 'Thị Hương', 'huong.dang'],
  ['Łukasz', 'Wójcik', 'lukasz.wojcik'],
  ['Мария', 'Иванова', 'maria.ivanova'],
  ['Олена', 'Шевченко', 'olena.shevchenko'],
  ['Γιώργος', 'Παπαδόπουλος', 'giorgos.p'],
  ['明', '王', 'ming.wang'],
  ['さくら', '佐藤', 'sakura.sato'],
  ['민준', '김', 'minjun.kim'],
  ['प्रिया', 'शर्मा', 'priya.sharma'],
  ['محمد', 'الأحمد', 'm.alahmad'],
  ['נועה', 'כהן', 'noa.cohen'],
  ['ანა', 'ბერიძე', 'ana.beridze'],
  ['Արամ', 'Պետրոսյան', 'aram.petrosyan'],
  ['สมชาย', 'ใจดี', 'somchai.jaidee'],
  ['Şebnem', 'Yıldız', 'sebnem.yildiz'],
  ['Siobhán', "O'Connor", 'siobhan.oconnor'],
  ['Bjørn', 'Åkesson', 'bjorn.akesson'],
  ['Nguyễn', 'Văn Bình', 'binh.nguyen'],
  ['Amélie', 'Lefèvre-Dubois', 'amelie.lefevre'],
  ['Adaeze', 'Okonkwo', 'adaeze.okonkwo'],
  ['Kamehameha', 'Kāne', 'kane'],
  ['தமிழ்ச்செல்வி', 'முருகன்', 'tamilselvi.m'],
  ['🦊 Robin', 'Fox', 'robin.fox'],
];
const PHONES = ['+49151123456', '+336123456', '+141555526', '+4479112345', '+8190123456', '+9198765432'];
const WORK = [
  'Ärztin',
  'Bäcker',
  'Software engineer',
  '教師',
  'Инженер',
  'Carpenter',
  'Nurse',
  'مهندس',
  'Violinist',
  'Notaire',
];
const COMPANIES = ['Köhler & Söhne', '株式会社さくら', 'ООО Ромашка', 'Blue Heron Ltd.', 'Hôpital Saint-Louis', 'Acme'];
const INTERESTS = [
  'chess',
  'mushroom picking',
  '登山',
  'sourdough',
  'fado',
  'old maps',
  'кино',
  'birdwatching',
  '🎸 guitar',
];
const HOW_MET = [
  'at university, in the last row',
  'through the choir',
  'on a night train to Lisbon',
  'as neighbours',
  'at work',
];
const CATEGORIES = ['A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'X'] as const;

/**
 * @param count how many
 * @param seed the same people for the same seed
 */
export function people(count: number, seed: number): Content[] {
  const random = generator(seed);
  const pick = <T>(from: readonly T[]): T => {
    const value = from[Math.floor(random() * from.length)];
    if (value === undefined) throw new Error('nothing to pick from');
    return value;
  };
  const some = <T>(from: readonly T[], most: number): T[] => [
    ...new Set(Array.from({ length: 1 + Math.floor(random() * most) }, () => pick(from))),
  ];
  const chance = (probability: number) => random() < probability;

  return Array.from({ length: count }, (_, index): Content => {
    const [given, family, latin] = pick(NAMES);
    const category = pick(CATEGORIES);
    return {
      canonical_name: chance(0.9) ? `${given} ${family}` : given,
      ...(chance(0.9) && { given_name: given, family_name: family }),
      ...(chance(0.8) && {
        emails: [`${latin}.${index}@example.com`, ...(chance(0.2) ? [`${latin}.${index}@example.org`] : [])],
      }),
      ...(chance(0.6) && { phones: [`${pick(PHONES)}${10 + (index % 90)}`] }),
      ...(chance(0.5) && { organization: pick(COMPANIES) }),
      ...(chance(0.6) && { job_title: pick(WORK) }),
      ...(chance(0.3) && { linkedin_url: `https://www.linkedin.com/in/${latin}-${index}` }),
      ...(chance(0.85) && {
        category_code: category,
        ...(chance(0.5) && { subcategory_code: `${category}${1 + Math.floor(random() * 4)}` }),
      }),
      ...(chance(0.5) && {
        llm_context: {
          relationship_arc: `Met ${pick(HOW_MET)}; closer since the winter of ${2005 + Math.floor(random() * 20)}.`,
          communication_style: pick(['short messages, long walks', 'voice notes', 'письма', 'calls on Sundays']),
          key_interests: some(INTERESTS, 4),
          important_dates: [
            {
              date: `19${60 + Math.floor(random() * 39)}-0${1 + Math.floor(random() * 9)}-1${Math.floor(random() * 9)}`,
              event: 'birthday',
              significance: 'call, never write',
            },
          ],
          emotional_depth: 1 + Math.floor(random() * 10),
          closeness_level: 1 + Math.floor(random() * 10),
          how_met: pick(HOW_MET),
          strengths: some(['patient', 'funny', 'loyal', 'نزيهة'], 3),
        },
      }),
    };
  });
}
