/**
 * Makes segments.json.gz: 10,000 texts and what two public calculators say of each.
 *
 *   cd SCRATCH && npm install split-sms@0.1.7 sms-segments-calculator@1.3.0
 *   node REPOSITORY/tests/domain/make_segments.mjs > REPOSITORY/tests/domain/segments.json.gz
 *
 * The texts are the same at every run. An answer is [1 if GSM-7, units, parts].
 */

import { createRequire } from "node:module";
import { gzipSync } from "node:zlib";

const load = createRequire(`${process.cwd()}/`);
const { split } = load("split-sms");
const { SegmentedMessage } = load("sms-segments-calculator");

const ACCENTED = [..."àáảãạăằắẳẵặâầấẩẫậđèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵ"];
const LETTERS = [...ACCENTED, ...ACCENTED.map((letter) => letter.toUpperCase())];
const GSM = [..."@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡AZÄÖÑÜ§¿azäöñüà"];
const EXTENSION = [..."\f^{}\\[~]|€"];
const EMOJI = ["😀", "🙏", "❤️", "👍🏽", "👨‍👩‍👧‍👦", "🏳️‍🌈", "🇻🇳", "1️⃣", "👩‍⚕️"];
const SIGNS = ["“", "”", "–", "…", "\u00a0", "\u200b", "\ufeff", "₫", "ç", "`", "\t", "中", "ท"];
const WORDS = [
  "Kinh moi Ong/Ba", "cai ung dung VssID", "tren App Store hoac CH Play", "han 31/12", "1900 9068",
  "Kính mời Ông/Bà", "cài ứng dụng VssID", "Bảo hiểm xã hội TP. Hồ Chí Minh", "trân trọng", "[QC]",
];

let state = 20261122;
function below(bound) { // mulberry32
  state = (state + 0x6d2b79f5) | 0;
  let t = Math.imul(state ^ (state >>> 15), 1 | state);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) % bound;
}
const one = (list) => list[below(list.length)];
const some = (list, most) => Array.from({ length: below(most) }, () => one(list)).join("");

/** Fills up to just before the border of a part, then puts something there. */
function atBorder(filler, sizes, things) {
  return filler.repeat(Math.max(0, one(sizes) - below(4))) + one(things) + filler.repeat(below(80));
}
const SEPTETS = [0, 70, 153, 160, 306, 459, 612, 765];
const UTF16 = [0, 33, 67, 70, 134, 201, 268, 335];

const KINDS = [
  () => Array.from({ length: below(24) }, () => one(WORDS)).join(" "),
  () => some(LETTERS, 60),
  () => some([...GSM, ...EXTENSION], 90),
  () => some([...LETTERS, ...EMOJI, ...GSM], 50),
  () => some([...GSM, ...SIGNS], 40),
  () => atBorder("a", SEPTETS, EXTENSION),
  () => atBorder("[", SEPTETS.map((size) => size >> 1), [...EXTENSION, "b"]),
  () => atBorder("ạ", UTF16, EMOJI),
  () => atBorder("😀", UTF16.map((size) => size >> 1), [...EMOJI, "ơ"]),
  () => atBorder("a", SEPTETS, [...EMOJI, ...SIGNS]),
];

function answers(text) {
  const first = split(text);
  const units = first.characterSet === "GSM" ? first.bytes : first.bytes / 2;
  const second = new SegmentedMessage(text);
  const seven = second.encodingName === "GSM-7";
  return [
    [Number(first.characterSet === "GSM"), units, first.parts.length],
    [Number(seven), second.messageSize / (seven ? 7 : 16), second.segmentsCount],
  ];
}

const texts = [...LETTERS, ...GSM, ...EXTENSION, ...EMOJI, ...SIGNS];
while (texts.length < 10_000) {
  const text = one(KINDS)().normalize("NFC");
  if (text) texts.push(text);
}
const version = (name) => load(`${name}/package.json`).version;
const made = {
  calculators: ["split-sms", "sms-segments-calculator"].map((name) => `${name} ${version(name)}`),
  texts: texts.map((text) => [text, ...answers(text)]),
};
process.stdout.write(gzipSync(JSON.stringify(made), { level: 9 }));
