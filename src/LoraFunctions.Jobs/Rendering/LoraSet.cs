using LoraFunctions.Diffusion.Checkpoints;
using LoraFunctions.Diffusion.Generation;
using LoraFunctions.Diffusion.Lora;

namespace LoraFunctions.Jobs.Rendering;

/// <summary>The LoRAs of a prompt, loaded.</summary>
internal sealed class LoraSet : IDisposable
{
    private LoraSet(IReadOnlyList<LoraSelection> selections) => Selections = selections;

    public IReadOnlyList<LoraSelection> Selections { get; }

    /// <summary>Loads what can be loaded; the rest is added to the problems.</summary>
    public static LoraSet Load(IReadOnlyList<NamedLora> loras, Problems problems)
    {
        var selections = new List<LoraSelection>();
        foreach (var lora in loras)
        {
            if (lora.Name.Length == 0 || lora.Name.AsSpan().IndexOfAny(":<>") >= 0)
            {
                problems.Add($"'{lora.Name}' cannot stand in <lora:name:strength>; give {lora.Path} a name without ':', '<' and '>'.");
            }
            else if (string.IsNullOrWhiteSpace(lora.Path))
            {
                problems.Add($"LoRA '{lora.Name}' has no path; give name=path.");
            }
            else if (!File.Exists(lora.Path) && !Directory.Exists(lora.Path))
            {
                problems.Add($"There is no LoRA at {lora.Path}; looked for {Path.GetFullPath(lora.Path)}.");
            }
            else
            {
                try
                {
                    selections.Add(new LoraSelection(lora.Name, LoraFile.Load(lora.Path)));
                }
                catch (Exception exception) when (exception is LoraException or CheckpointException)
                {
                    problems.Add(exception.Message);
                }
            }
        }

        return new LoraSet(selections);
    }

    public void Dispose()
    {
        foreach (var selection in Selections)
        {
            selection.Weights.Dispose();
        }
    }
}
