namespace LoraFunctions.Jobs.Rendering;

/// <summary>A LoRA file and the name prompts call it by.</summary>
public sealed record NamedLora(string Name, string Path);
