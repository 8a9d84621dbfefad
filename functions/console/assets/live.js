// Keeps an open page as new as it is worth: fetches the page's own parts again and again while something changes, every five
// seconds while nothing does, and not at all while nobody looks. Rows do not jump: new ones wait behind a button.

const IDLE_MS = 5000;

let timer;
let askedAt = Date.now();

const isLive = () => document.querySelector('main[data-live]') !== null;

/** For how long the page has to wait: the server says so, by what the page costs to read. */
const pauseMs = () => Number(document.querySelector('main').dataset.live);

async function fetched() {
  const response = await fetch(location.href, { headers: { 'x-console-fragment': '1' } });
  if (!response.ok || response.redirected) return null;
  const text = await response.text();
  return new DOMParser().parseFromString(text, 'text/html').querySelector('main');
}

/** What was said of each part last. */
const shown = new Map();

/** A part without what is different each time it is asked for. */
const said = (part) => part.outerHTML.replace(/name="once" value="[^"]*"/g, '');

/** Whether the visitor may have written something there. */
const hasFields = (part) => part.querySelector('input:not([type="hidden"]), textarea, select') !== null;

function replacePart(old, fresh) {
  const open = new Set([...old.querySelectorAll('details[open] > summary .name')].map((name) => name.textContent));
  for (const name of fresh.querySelectorAll('summary .name')) {
    if (open.has(name.textContent)) name.closest('details').open = true;
  }
  old.replaceWith(fresh);
}

/** Takes away the rows that match no longer: those that are missing before one that is there, or at all on the only page. */
function removeRows(old, rows, isOnly) {
  const known = new Set(rows.map((row) => row.id));
  const there = [...old.querySelectorAll('tbody tr[id]')];
  const last = isOnly ? there.length : there.findLastIndex((row) => known.has(row.id));
  for (const row of there.slice(0, Math.max(last, 0))) if (!known.has(row.id)) row.remove();
}

/** Shows what became of rows that are there; counts those that are not. */
function updateRows(old, fresh, isOnly) {
  const rows = [...fresh.querySelectorAll('tbody tr[id]')];
  if (rows.length === 0) return old.replaceWith(fresh);
  removeRows(old, rows, isOnly);
  const unknown = rows.filter((row) => !document.getElementById(row.id));
  for (const row of rows) {
    const there = document.getElementById(row.id);
    if (there && !there.isEqualNode(row) && !there.hasAttribute('aria-selected')) there.replaceWith(row.cloneNode(true));
  }
  let button = document.querySelector('.fresh');
  if (unknown.length === 0) return button?.remove();
  if (!button) {
    button = document.createElement('button');
    button.type = 'button';
    button.className = 'fresh main';
    old.before(button);
  }
  button.textContent = `${unknown.length} new`;
  button.onclick = () => {
    for (const row of unknown) fresh.querySelector(`#${CSS.escape(row.id)}`)?.classList.add('new');
    old.replaceWith(fresh);
    button.remove();
    document.dispatchEvent(new Event('console:shown'));
  };
}

/** Whether anything changed. */
function update(main) {
  let changed = false;
  for (const fresh of main.querySelectorAll('[id]')) {
    const old = document.getElementById(fresh.id);
    const isPart = fresh.matches('section, #facts, #progress, #state, #buttons');
    if (!old || !isPart || hasFields(old) || shown.get(fresh.id) === said(fresh)) continue;
    changed = true;
    shown.set(fresh.id, said(fresh));
    if (fresh.matches('[data-rows]')) updateRows(old, fresh, !main.querySelector('a[rel="next"]'));
    else replacePart(old, fresh);
  }
  if (main.dataset.live) document.querySelector('main').dataset.live = main.dataset.live;
  else delete document.querySelector('main').dataset.live;
  if (changed) document.dispatchEvent(new Event('console:shown'));
  return changed;
}

async function turn() {
  if (document.hidden || !isLive()) return;
  let changed = false;
  askedAt = Date.now();
  try {
    const main = await fetched();
    if (main) changed = update(main);
  } catch {
    // The network is away; the next turn tries again.
  }
  if (isLive()) timer = setTimeout(turn, changed ? pauseMs() : Math.max(pauseMs(), IDLE_MS));
}

document.addEventListener('visibilitychange', () => {
  clearTimeout(timer);
  if (!document.hidden && isLive()) timer = setTimeout(turn, Math.max(0, askedAt + pauseMs() - Date.now()));
});
if (isLive()) timer = setTimeout(turn, pauseMs());
