using System.Globalization;
using System.Text;

namespace LoraFunctions.Diffusion.Checkpoints;

/// <summary>Everything in a checkpoint that does not fit its networks, thrown together.</summary>
internal sealed class CheckpointFaults
{
    private readonly List<string> missing = [];
    private readonly List<string> leftOver = [];
    private readonly List<string> misshaped = [];

    public void Missing(string file, string name, IReadOnlyList<long> shape) =>
        missing.Add($"missing: {name} [{string.Join(", ", shape)}] ({file})");

    public void LeftOver(string file, string name) => leftOver.Add($"left over: {CheckpointException.Printable(name)} ({file})");

    public void Misshaped(string file, string name, IReadOnlyList<long> found, IReadOnlyList<long> expected) =>
        misshaped.Add($"misshaped: {name} is [{string.Join(", ", found)}], expected [{string.Join(", ", expected)}] ({file})");

    /// <exception cref="CheckpointException">Something did not fit; every tensor has its line.</exception>
    public void ThrowIfAny(string model)
    {
        if (missing.Count + leftOver.Count + misshaped.Count == 0)
        {
            return;
        }

        var message = new StringBuilder();
        message.Append(CultureInfo.InvariantCulture,
            $"{model}: does not fit its networks: {missing.Count} tensors missing, {leftOver.Count} left over, "
                + $"{misshaped.Count} misshaped.");
        foreach (var line in missing.Concat(leftOver).Concat(misshaped))
        {
            message.Append('\n').Append("  ").Append(line);
        }

        throw new CheckpointException(message.ToString());
    }
}
