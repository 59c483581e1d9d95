export async function programJourneys() {}
