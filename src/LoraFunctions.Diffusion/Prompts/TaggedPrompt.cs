namespace LoraFunctions.Diffusion.Prompts;

/// <summary>A prompt with its tags taken out.</summary>
/// <param name="Text">Without the tags; nothing else is touched, not even the commas around them.</param>
/// <param name="Loras">In the order they are written; the same name may come twice.</param>
/// <param name="Problems">One line for each tag that means nothing, for a person.</param>
public sealed record TaggedPrompt(string Text, IReadOnlyList<LoraTag> Loras, IReadOnlyList<string> Problems);
