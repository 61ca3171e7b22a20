namespace LoraFunctions.Jobs.Labelling;

/// <summary>One possible answer.</summary>
/// <param name="Word">
/// What the caption says, e.g. <c>side view</c>; empty: the answer is known but not worth a word (a plain paint, say).
/// </param>
/// <param name="Prompts">The sentences CLIP compares the photo with; their embeddings are averaged.</param>
public sealed record LabelCandidate(string Word, IReadOnlyList<string> Prompts);
