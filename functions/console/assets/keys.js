// The keyboard: / finds, j and k move, Enter opens, r replays, ? helps. Never while something is typed.

const rows = () => [...document.querySelectorAll('tbody tr')].filter((row) => row.querySelector('a[data-open]'));

function select(step) {
  const all = rows();
  if (all.length === 0) return follow(step);
  const at = all.findIndex((row) => row.hasAttribute('aria-selected'));
  const next = at < 0 ? 0 : Math.min(Math.max(at + step, 0), all.length - 1);
  all[at]?.removeAttribute('aria-selected');
  all[next].setAttribute('aria-selected', 'true');
  all[next].scrollIntoView({ block: 'nearest' });
  all[next].querySelector('a[data-open]').focus({ preventScroll: true });
}

/** On the page of one execution, on to the one before, or back. */
function follow(step) {
  const next = document.querySelector('a[data-next]');
  if (step > 0 && next) next.click();
  if (step < 0) history.back();
}

const ACTIONS = {
  '/': () => document.querySelector('#find')?.focus(),
  j: () => select(1),
  k: () => select(-1),
  r: () => document.querySelector('[data-replay] form')?.requestSubmit(),
  '?': () => document.querySelector('#keys')?.showModal(),
};

document.addEventListener('keydown', (event) => {
  const isTyping = event.target.closest?.('input, textarea, select, dialog');
  if (isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
  const action = ACTIONS[event.key];
  if (!action) return;
  event.preventDefault();
  action();
});

// On a narrow screen the navigation scrolls: to where one is.
document.querySelector('nav a[aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'center' });
