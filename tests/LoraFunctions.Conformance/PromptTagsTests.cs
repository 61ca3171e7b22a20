using System.Text.Json;
using LoraFunctions.Diffusion.Prompts;
using Shouldly;
using Xunit;

namespace LoraFunctions.Conformance;

public sealed class PromptTagsTests
{
    [Fact]
    public void Extract_EveryExtraNetworkOfSetG_StripsAndReadsAsWebUi()
    {
        var set = Golden.Json("g_prompt_parser");
        Assert.SkipUnless(set.TryGetProperty("extra_networks", out var cases), "g_prompt_parser.json lists no extra_networks.");
        foreach (var row in cases.EnumerateArray())
        {
            var prompt = row.GetProperty("prompt").GetString()!;
            var extracted = PromptTags.Extract(prompt);
            extracted.Text.ShouldBe(row.GetProperty("stripped").GetString(), prompt);

            var networks = row.GetProperty("networks").EnumerateObject().ToList();
            (extracted.Loras.Count + extracted.Problems.Count).ShouldBe(networks.Sum(n => n.Value.GetArrayLength()), prompt);
            var loras = networks.Where(n => n.Name is "lora" or "lyco").SelectMany(n => n.Value.EnumerateArray());
            var names = loras.Select(Name).ToHashSet(StringComparer.Ordinal);
            extracted.Loras.ShouldAllBe(tag => names.Contains(tag.Name), prompt);
            if (extracted.Problems.Count == 0)
            {
                extracted.Loras.Select(tag => tag.Name).ToHashSet(StringComparer.Ordinal).SetEquals(names).ShouldBeTrue(prompt);
            }
        }
    }

    private static string Name(JsonElement network) => network.GetProperty("positional")[0].GetString()!;
}
