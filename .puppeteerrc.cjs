// Nothing here may need a download from outside the npm registry: the browser comes from @sparticuz/chromium.
module.exports = { skipDownload: true };
