namespace LoraFunctions.Diffusion.Generation;

/// <summary>A request that cannot be carried out; all that is wrong with it, found before any work was done.</summary>
public sealed class GenerationRequestException(IReadOnlyList<string> problems) : Exception(string.Join(Environment.NewLine, problems))
{
    /// <summary>One line each: what, which value, which limit, what to do.</summary>
    public IReadOnlyList<string> Problems { get; } = problems;
}
