// Passkeys: shows their buttons where the browser knows them, and says why one was not used.
(() => {
  // A passkey belongs to a name: browsers refuse one for an address of numbers.
  if (!window.PublicKeyCredential || /^[\d.]+$|:/.test(location.hostname)) return
  document.addEventListener('DOMContentLoaded', () => {
    document.querySelectorAll('[data-passkeys]').forEach((part) => { part.hidden = false })
    document.querySelectorAll('[data-no-passkeys]').forEach((part) => { part.hidden = true })
  })
  const sentences = {
    NotAllowedError: 'No passkey was used: the request was closed or took too long. Try again.',
    InvalidStateError: 'This device has a passkey for your account already.',
    SecurityError: 'Passkeys work only on the secure address (https) of this site.',
  }
  document.addEventListener('allauth.error', (event) => {
    event.preventDefault()
    const place = document.querySelector('[data-passkey-error]')
    const name = event.detail.exception && event.detail.exception.name
    place.textContent = sentences[name] || 'Your browser could not use a passkey. Try again.'
    place.hidden = false
  })
})()
