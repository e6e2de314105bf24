// The first sight: how much there is.
const token = new URLSearchParams(location.search).get("t");
const answer = await fetch("/api/info", { headers: { "x-flowtrace-token": token } });
const info = await answer.json();
document.getElementById("main").textContent = info.error ?? `${info.calls} calls`;
