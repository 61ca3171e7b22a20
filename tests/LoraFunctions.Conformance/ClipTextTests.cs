using System.Globalization;
using LoraFunctions.Diffusion.Models;
using Shouldly;
using Xunit;
using static TorchSharp.torch;

namespace LoraFunctions.Conformance;

public sealed class ClipTextTests
{
    [Fact]
    public void Forward_EveryOutputOfSetA_MatchesTransformers()
    {
        using var scope = NewDisposeScope();
        using var grad = no_grad();
        using var model = Networks.TextEncoder();
        var tolerance = Golden.Json("a_clip_text").GetProperty("tolerance");
        var vectors = Golden.Tensors("a_clip_text.vectors.safetensors");

        // Names are "{output}" for the rows of input_ids, "{case}.{output}" for those of "{case}.input_ids".
        var cases = vectors.Keys.Where(name => name.EndsWith("input_ids", StringComparison.Ordinal))
            .Select(name => name[..^"input_ids".Length]).ToList();
        cases.ShouldNotBeEmpty();
        var compared = 0;
        foreach (var name in cases)
        {
            var ids = vectors[name + "input_ids"];
            var output = model.forward(ids);
            foreach (var (key, expected) in vectors.Where(pair => CaseOf(pair.Key, cases) == name
                && !pair.Key.EndsWith("input_ids", StringComparison.Ordinal)))
            {
                var actual = Output(model, ids, output, key[name.Length..]);
                actual.narrow(0, 0, expected.shape[0]).ShouldMatch(expected, tolerance, key);
                compared++;
            }
        }

        compared.ShouldBe(vectors.Count - cases.Count, "every vector is compared");
    }

    private static Tensor Output(ClipTextModel model, Tensor ids, ClipTextOutput output, string name) => name switch
    {
        "last_hidden_state" => output.LastHiddenState,
        "pooler_output" => output.PooledOutput,
        "penultimate" => output.HiddenStates[^2],
        "penultimate_final_ln" => model.Encode(ids, clipSkip: 2),
        _ when name.StartsWith("hidden_states.", StringComparison.Ordinal) =>
            output.HiddenStates[int.Parse(name["hidden_states.".Length..], CultureInfo.InvariantCulture)],
        _ => throw new InvalidOperationException($"Set a has an output this test does not know: {name}"),
    };

    private static string CaseOf(string key, List<string> cases) =>
        cases.Where(name => name.Length > 0 && key.StartsWith(name, StringComparison.Ordinal)).OrderByDescending(name => name.Length)
            .FirstOrDefault() ?? "";
}
