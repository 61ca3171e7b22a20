namespace LoraFunctions.Jobs.Rendering;

/// <summary>One side of a comparison.</summary>
/// <param name="DisplayName">The words in the prompt, e.g. <c>Tesla Model Y</c>.</param>
/// <param name="LoraPath">Its LoRA file, in any layout that is read; prompts name it by its file name without extension.</param>
/// <param name="Features">What <c>{features}</c> stands for; null: nothing.</param>
public sealed record ComparedCar(string DisplayName, string LoraPath, IReadOnlyList<string>? Features = null);
