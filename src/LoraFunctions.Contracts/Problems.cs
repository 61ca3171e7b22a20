namespace LoraFunctions.Contracts;

/// <summary>Collects everything that is wrong, so that a person sees all of it at once.</summary>
public sealed class Problems
{
    private readonly List<string> _lines = [];

    public int Count => _lines.Count;

    public IReadOnlyList<string> Lines => _lines;

    public void Add(string problem) => _lines.Add(problem);

    public void Add(InvalidJobInputException problems) => _lines.AddRange(problems.Problems);

    /// <summary><c>tesla.yaml:5: lora_rank: '8x' is not a whole number; give 1 to 128.</c></summary>
    public void Add(YamlPlace place, string key, string problem) => _lines.Add($"{place}: {key}: {problem}");

    /// <exception cref="InvalidJobInputException">There is at least one.</exception>
    public void ThrowIfAny()
    {
        if (_lines.Count > 0)
        {
            throw new InvalidJobInputException([.. _lines]);
        }
    }
}
