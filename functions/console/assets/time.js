// Shows how long ago a time was, with the exact one on hover, in UTC or in the browser's zone: the visitor chooses once.

const ZONE = 'sluice-zone';
const UNITS = [['day', 86400], ['hour', 3600], ['minute', 60], ['second', 1]];
const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto', style: 'short' });

const zone = () => (localStorage.getItem(ZONE) === 'local' ? undefined : 'UTC');

function exact(date) {
  const options = { dateStyle: 'medium', timeStyle: 'long', timeZone: zone() };
  return new Intl.DateTimeFormat('en-GB', options).format(date);
}

function ago(date) {
  const seconds = Math.round((date - Date.now()) / 1000);
  if (seconds > 0 && seconds < 600) return `in ${seconds >= 60 ? `${Math.trunc(seconds / 60)} min ` : ''}${seconds % 60} s`;
  const [unit, size] = UNITS.find(([, size]) => Math.abs(seconds) >= size) ?? ['second', 1];
  return relative.format(Math.trunc(seconds / size), unit);
}

export function show(root = document) {
  for (const time of root.querySelectorAll('time[datetime]')) {
    const date = new Date(time.dateTime);
    if (Number.isNaN(date.getTime())) continue;
    time.title = exact(date);
    time.textContent = ago(date);
  }
}

function choose() {
  localStorage.setItem(ZONE, zone() === 'UTC' ? 'local' : 'UTC');
  label();
  show();
}

const button = document.createElement('button');
button.type = 'button';
button.className = 'quiet';

function label() {
  const name = zone() ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
  button.textContent = name;
  button.setAttribute('aria-label', `Times are shown in ${name}; change`);
}

const top = document.querySelector('form.out');
if (top) {
  label();
  button.addEventListener('click', choose);
  top.before(button);
}
show();
// What is to come is counted down.
setInterval(show, 1000);
document.addEventListener('console:shown', () => show());
