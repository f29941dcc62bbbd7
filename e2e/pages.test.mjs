// The pages for the public and a briefing, in Debian's Chromium: with script and without, on a phone, a desk and a wall, in
// both languages. BASE is the address of an installation with the demonstration year, BRIEFING a briefing's file,
// CHROMIUM the browser. SHOTS, if set, is a folder for pictures.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';

const { BASE, BRIEFING, CHROMIUM, SHOTS } = process.env;
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const year = 'place=220323102&period=2025&as_of=2025-12-10';

const screens = {
  phone: { viewport: { width: 390, height: 844 }, view: '' },
  desk: { viewport: { width: 1366, height: 768 }, view: '' },
  wall: { viewport: { width: 1920, height: 1080 }, view: '&view=wall' },
};
const languages = { 'zh-CN': '清运农村生活垃圾', en: 'Domestic waste carted away' };

let browser;
before(async () => { browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] }); });
after(async () => { await browser?.close(); });

// visit opens a page that watches itself: what it asks of whom, and what it complains of.
async function visit({ script = true, ...options }) {
  const context = await browser.newContext({ ...options, javaScriptEnabled: script });
  const page = await context.newPage();
  const seen = { elsewhere: [], failed: [], said: [] };
  page.on('request', (r) => { if (!r.url().startsWith(BASE + '/') && !r.url().startsWith('file:')) seen.elsewhere.push(r.url()); });
  page.on('response', (r) => { if (r.status() >= 400) seen.failed.push(`${r.status()} ${r.url()}`); });
  page.on('console', (m) => { if (['error', 'warning'].includes(m.type())) seen.said.push(m.text()); });
  page.on('pageerror', (e) => seen.said.push(String(e)));
  return { context, page, seen, script };
}

// sound holds a shown page against what every page must be. axe is a script itself, so it judges where scripts run; that the
// same page is shown where none do is held by its text, which the first visit leaves in texts.
const texts = new Map();
async function sound({ page, seen, script }, where) {
  const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.ok(over <= 0, `${where}: ${over} px wider than the screen`);
  assert.deepEqual(seen, { elsewhere: [], failed: [], said: [] }, where);
  assert.equal(await page.locator('script').count(), 0, where);
  const text = await page.locator('html').innerHTML(), of = `${page.url()} ${await page.locator('html').getAttribute('lang')}`;
  assert.equal(text, texts.get(of) ?? text, `${where}: another page without script than with it`);
  texts.set(of, text);
  if (!script) return;
  await page.evaluate(axe);
  const found = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }));
  const serious = found.violations.filter((v) => ['serious', 'critical'].includes(v.impact))
    .map((v) => `${v.id}: ${v.nodes.map((n) => n.target).join(' ')}`);
  assert.deepEqual(serious, [], `${where}: axe`);
  assert.ok(found.violations.length < 3, `${where}: axe has lesser findings: ${found.violations.map((v) => v.id)}`);
}

for (const [name, screen] of Object.entries(screens)) {
  for (const [language, label] of Object.entries(languages)) {
    for (const script of [true, false]) {
      test(`from figure to record in two clicks: ${name}, ${language}, ${script ? 'with' : 'without'} script`, async () => {
        const visited = await visit({ viewport: screen.viewport, locale: language, script });
        const { context, page } = visited;
        await page.goto(`${BASE}/figures?${year}${screen.view}`);
        assert.equal(await page.locator('html').getAttribute('lang'), language);
        await sound(visited, 'the list');
        if (SHOTS && script) await page.screenshot({ path: `${SHOTS}/figures-${name}-${language}.png` });

        await page.getByRole('link', { name: label, exact: true }).click();
        await page.waitForURL(/\/figures\/clean\.domestic_waste/);
        assert.equal(await page.getByRole('heading', { level: 1 }).textContent(), label);
        assert.equal(await page.locator('.big .value').textContent(), '1314');
        await sound(visited, 'the figure');
        if (SHOTS && script) await page.screenshot({ path: `${SHOTS}/figure-${name}-${language}.png` });

        await page.locator('table.records a').first().click();
        await page.waitForURL(/\/records\/220323102\/\d+/);
        assert.match(await page.locator('#proof').locator('..').textContent(), /[0-9a-f]{64}/);
        await sound(visited, 'the record');
        if (SHOTS && script) await page.screenshot({ path: `${SHOTS}/record-${name}-${language}.png` });
        await context.close();
      });
    }
  }
}

for (const script of [true, false]) test(`another place and period, chosen by the form alone, ${script ? 'with' : 'without'} script`, async () => {
  const visited = await visit({ viewport: screens.desk.viewport, locale: 'zh-CN', script });
  const { context, page } = visited;
  await page.goto(`${BASE}/figures?${year}&lang=en`);
  await page.getByText('Another place or period').click();
  await sound(visited, 'the open form');
  if (SHOTS && script) await page.screenshot({ path: `${SHOTS}/form.png` });
  await page.getByRole('combobox', { name: 'place' }).selectOption({ label: '　火红村委会' });
  await page.getByRole('textbox', { name: 'period' }).fill('2025-06');
  await page.getByLabel(/count up to/).fill('');
  await page.getByRole('button', { name: 'Show' }).click();
  assert.equal(await page.getByRole('heading', { level: 1 }).textContent(), 'Figures of 火红村委会, 2025-06');
  await page.getByRole('link', { name: '伊丹镇', exact: true }).click();
  assert.equal(await page.getByRole('heading', { level: 1 }).textContent(), 'Figures of 伊丹镇, 2025-06');
  await page.getByRole('link', { name: '中文' }).click();
  assert.equal(await page.getByRole('heading', { level: 1 }).textContent(), '伊丹镇2025年6月指标');
  await sound(visited, 'the village');
  await context.close();
});

test('by keyboard alone', async () => {
  const visited = await visit({ viewport: screens.desk.viewport, locale: 'zh-CN', script: false });
  const { context, page } = visited;
  await page.goto(`${BASE}/figures?${year}`);
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement.className), 'skip');
  await page.keyboard.press('Enter');
  for (let i = 0; i < 40; i++) {
    await page.keyboard.press('Tab');
    if (await page.evaluate(() => document.activeElement.closest('table') !== null)) break;
  }
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/figures\/place\./);
  await context.close();
});

test('a wrong address is a page with a next step', async () => {
  const visited = await visit({ viewport: screens.phone.viewport, locale: 'zh-CN' });
  const { context, page, seen } = visited;
  await page.goto(`${BASE}/figures?place=12`);
  assert.match(await page.locator('main').textContent(), /单位代码为 6、9 或 12 位数字/);
  seen.failed.length = seen.said.length = 0;
  await sound(visited, 'the problem');
  await page.getByRole('link', { name: '查看指标' }).click();
  await page.waitForURL(`${BASE}/figures`);
  await context.close();
});

// pages counts the pages of a PDF and gives the size of the first in points.
function pages(pdf) {
  const text = pdf.toString('latin1');
  const box = text.match(/\/MediaBox\s*\[\s*0 0 ([\d.]+) ([\d.]+)/);
  return { count: (text.match(/\/Type\s*\/Page\b(?!s)/g) ?? []).length, width: Math.round(box[1]), height: Math.round(box[2]) };
}

test('the list prints on A4 without what only a screen needs', async () => {
  const visited = await visit({ viewport: screens.desk.viewport, locale: 'zh-CN' });
  const { context, page } = visited;
  await page.goto(`${BASE}/figures?${year}`);
  const pdf = pages(await page.pdf({ preferCSSPageSize: true }));
  assert.ok(pdf.count >= 2 && pdf.count <= 8 && Math.abs(pdf.width - 595) < 2 && Math.abs(pdf.height - 842) < 2, JSON.stringify(pdf));
  await page.emulateMedia({ media: 'print' });
  for (const hidden of ['.scope', '.parts', '.views', '.skip']) assert.equal(await page.locator(hidden).isVisible(), false, hidden);
  assert.equal(await page.getByText('清运农村生活垃圾', { exact: true }).isVisible(), true);
  await context.close();
});

for (const script of [true, false]) {
  test(`a briefing is one file, ${script ? 'with' : 'without'} script`, async () => {
    const visited = await visit({ viewport: screens.desk.viewport, locale: 'zh-CN', script });
    const { context, page } = visited;
    await page.goto(pathToFileURL(BRIEFING).href);
    await sound(visited, 'the briefing');
    assert.equal(await page.locator('main section').count(), 11);
    assert.equal(await page.locator('h1').evaluate((e) => getComputedStyle(e).color), 'rgb(179, 38, 30)'); // its style sheet was let in
    if (SHOTS && script) await page.screenshot({ path: `${SHOTS}/briefing.png`, fullPage: true });
    await page.locator('main sup a').first().click();
    assert.match(page.url(), /#note-1$/);
    const pdf = pages(await page.pdf({ preferCSSPageSize: true }));
    assert.ok(pdf.count >= 2 && pdf.count <= 20 && Math.abs(pdf.width - 595) < 2, JSON.stringify(pdf));
    await context.close();
  });
}
