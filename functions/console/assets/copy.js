// A button beside what is worth copying.

function add(root = document) {
  for (const code of root.querySelectorAll('[data-copy]:not([data-copied]), [data-copy-block]:not([data-copied])')) {
    code.dataset.copied = '';
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'copy';
    button.textContent = 'Copy';
    button.setAttribute('aria-label', `Copy ${code.dataset.copy ?? 'the text'}`);
    button.addEventListener('click', async () => {
      await navigator.clipboard.writeText(code.dataset.copy || code.textContent);
      button.textContent = 'Copied';
      setTimeout(() => { button.textContent = 'Copy'; }, 2000);
    });
    const block = code.closest('pre');
    (block ?? code).after(button);
  }
}

add();
document.addEventListener('console:shown', () => add());
