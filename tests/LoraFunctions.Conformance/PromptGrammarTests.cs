using System.Text.Json;
using LoraFunctions.Diffusion.Prompts;
using Shouldly;
using Xunit;
using static TorchSharp.torch;

namespace LoraFunctions.Conformance;

/// <summary>Golden set g: WebUI's prompt grammar, its chunks and its emphasis.</summary>
public sealed class PromptGrammarTests
{
    private const double MultiplierTolerance = 1e-6; // relative; weights are fp32 in a chunk

    private static IEnumerable<JsonElement> Rows => Golden.Json("g_prompt_parser").GetProperty("rows").EnumerateArray();

    [Fact]
    public void Attention_OfEveryPrompt_IsWebUis()
    {
        foreach (var row in Rows)
        {
            var prompt = Prompt(row);
            var expected = row.GetProperty("attention").EnumerateArray().Select(p => new WeightedText(p[0].GetString()!, p[1].GetDouble()));
            PromptAttention.Parse(prompt).ShouldBe(expected, prompt);
        }
    }

    [Fact]
    public void Schedule_OfEveryPromptAndNumberOfSteps_IsWebUis()
    {
        const string prefix = "schedule_";
        var compared = 0;
        foreach (var row in Rows)
        {
            foreach (var property in row.EnumerateObject().Where(p => p.Name.StartsWith(prefix, StringComparison.Ordinal)))
            {
                var steps = int.Parse(property.Name[prefix.Length..], System.Globalization.CultureInfo.InvariantCulture);
                var expected = property.Value.EnumerateArray().Select(s => new ScheduledText(s[0].GetInt32(), s[1].GetString()!));
                PromptSchedule.Parse(Prompt(row)).Resolve(steps).ShouldBe(expected, $"{Prompt(row)} in {steps} steps");
                compared++;
            }
        }

        compared.ShouldBeGreaterThan(0);
    }

    [Fact]
    public void And_OfEveryPrompt_SplitsAndWeighsAsWebUi()
    {
        foreach (var row in Rows.Where(r => r.TryGetProperty("multicond", out _)))
        {
            var multicond = row.GetProperty("multicond");
            var texts = multicond.GetProperty("texts").EnumerateArray().Select(t => t.GetString()!).ToList();
            var weights = multicond.GetProperty("weights").EnumerateArray().Select(w => w.GetDouble());
            var expected = multicond.GetProperty("index").EnumerateArray().Select(i => texts[i.GetInt32()]).Zip(weights);

            // The golden rows were split with their tags still in.
            PromptReading.Split(Prompt(row)).Select(p => (p.Text, p.Weight)).ShouldBe(expected, Prompt(row));
        }
    }

    [Fact]
    public void Chunks_OfEveryPrompt_HoldWebUisTokensAndMultipliers()
    {
        var tokenizer = TokenizerTests.Load();
        var marks = new ChunkMarks(tokenizer.StartId, tokenizer.EndId, tokenizer.PadId, tokenizer.Encode(",").Single(), tokenizer.MaxLength);
        foreach (var row in Rows)
        {
            var prompt = Prompt(row);
            var chunks = PromptChunks.Of(PromptAttention.Parse(prompt), tokenizer.Encode, marks);
            var expected = row.GetProperty("chunks").EnumerateArray().ToList();
            chunks.Count.ShouldBe(expected.Count, prompt);
            foreach (var (chunk, golden) in chunks.Zip(expected))
            {
                var ids = golden.GetProperty("tokens").EnumerateArray().Select(t => t.GetInt64()).ToList();
                chunk.Ids.ShouldBe([.. ids, .. Enumerable.Repeat((long)tokenizer.EndId, marks.Length - ids.Count)], prompt);
                var multipliers = golden.GetProperty("multipliers");
                double[] weights = multipliers.ValueKind == JsonValueKind.Array ? [.. multipliers.EnumerateArray().Select(m => m.GetDouble())] : [];
                foreach (var (weight, wanted) in chunk.Weights.Zip(weights.Concat(Enumerable.Repeat(1.0, marks.Length - weights.Length))))
                {
                    Math.Abs(weight - wanted).ShouldBeLessThanOrEqualTo(MultiplierTolerance * Math.Max(1, Math.Abs(wanted)), prompt);
                }
            }
        }
    }

    [Fact]
    public void Emphasis_OfABatch_KeepsItsMean()
    {
        using var scope = NewDisposeScope();
        var vectors = Golden.Tensors("g_emphasis.vectors.safetensors");
        PromptEncoder.Emphasize(vectors["z"], vectors["multipliers"]).ShouldMatch(vectors["z_out"], 1e-5, 1e-5, "z_out");
    }

    [Fact]
    public void Tags_OfEveryExtraNetwork_AreStrippedAndReadAsWebUi()
    {
        foreach (var row in Golden.Json("g_prompt_parser").GetProperty("extra_networks").EnumerateArray())
        {
            var prompt = Prompt(row);
            var extracted = PromptTags.Extract(prompt);
            extracted.Text.ShouldBe(row.GetProperty("stripped").GetString(), prompt);

            // What WebUI would drop without a word, or paint as words, is a problem here.
            var networks = row.GetProperty("networks").EnumerateObject().ToList();
            var loras = networks.Where(n => n.Name is "lora" or "lyco").SelectMany(n => n.Value.EnumerateArray());
            var names = loras.Select(n => n.GetProperty("positional")[0].GetString()!).ToHashSet(StringComparer.Ordinal);
            extracted.Loras.ShouldAllBe(tag => names.Contains(tag.Name), prompt);
            if (extracted.Problems.Count == 0)
            {
                extracted.Loras.Count.ShouldBe(networks.Sum(n => n.Value.GetArrayLength()), prompt);
            }
        }
    }

    private static string Prompt(JsonElement row) => row.GetProperty("prompt").GetString()!;
}
