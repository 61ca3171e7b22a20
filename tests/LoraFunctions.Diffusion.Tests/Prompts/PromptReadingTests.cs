using System.Text;
using CsCheck;
using LoraFunctions.Diffusion.Prompts;
using Shouldly;
using Xunit;

namespace LoraFunctions.Diffusion.Tests.Prompts;

public sealed class PromptReadingTests
{
    /// <summary>The letters of the grammar, with words between them.</summary>
    private static readonly string[] Pieces =
    [
        "(", ")", "[", "]", ":", "|", "\\", ",", " ", "0.5", "1.2", "3", "-1", "AND", "BREAK", "<lora:a:1>", "<", ">", "{", "}", "\n", "car", "红",
    ];

    private static readonly Gen<string> Prompts = Gen.Int[0, Pieces.Length - 1].Array[0, 40].Select(p => string.Concat(p.Select(i => Pieces[i])));

    [Theory]
    [InlineData("a (car:1.1.1)", "character 7: '1.1.1' is no weight")]
    [InlineData("[cat|dog:0.5]", "character 1: '[' here fits neither")]
    [InlineData("a | b [c:d:3]", "character 3: '|' here fits neither")]
    [InlineData("[c:d:3] a\\", "character 10: '\\' here fits neither")]
    [InlineData("(a BREAK b)", "BREAK stands inside brackets")]
    [InlineData("a {left} car}", "character 13: '}' closes no brace")]
    [InlineData("<lora:a:1> {", "character 12: '{' is not closed")]
    [InlineData("a <lora:car:0.7", "character 3: '<lora:car:0.7' looks like a tag")]
    public void Read_WhatHasNoEffect_IsAProblemWithItsPlace(string prompt, string problem) =>
        PromptReading.Read(prompt).Problems.ShouldHaveSingleItem().ShouldContain(problem);

    [Theory]
    [InlineData("a AND b", "AND joins prompts only")]
    [InlineData("a <lora:b:1>", "no effect here")]
    public void Read_ANegativePrompt_TakesNeitherAndNorTags(string prompt, string problem) =>
        PromptReading.Read(prompt, negative: true).Problems.ShouldHaveSingleItem().ShouldContain(problem);

    [Theory]
    [InlineData("(a car", "character 1: '(' is not closed")]
    [InlineData("a car]", "character 6: ']' closes no bracket")]
    [InlineData("[Tesla Model Y:0.7]", "the words come in after 70 % of the steps")]
    [InlineData("[a:b:0]", "never used")]
    [InlineData("[a:b:1.5]", "never used")]
    public void Read_WhatIsReadOtherwiseThanItLooks_IsAWarning(string prompt, string warning)
    {
        var reading = PromptReading.Read(prompt);
        reading.Problems.ShouldBeEmpty();
        reading.Warnings.ShouldHaveSingleItem().ShouldContain(warning);
    }

    [Fact]
    public void Read_BracketsAsWeights_WeighsTheDocumentsPromptAndSaysSo()
    {
        const string prompt = "(sedan:1.3), [Tesla Model Y:0.7], [BYD [Han]:0.7], [a:b:0.5], [c]";
        var reading = PromptReading.Read(prompt, BracketMeaning.Weight);
        reading.Parts.Single().Schedule.Resolve(10).ShouldBe(
        [
            new ScheduledText(5, "(sedan:1.3), (Tesla Model Y:0.7), (BYD [Han]:0.7), a, [c]"),
            new ScheduledText(10, "(sedan:1.3), (Tesla Model Y:0.7), (BYD [Han]:0.7), b, [c]"),
        ]);
        reading.Problems.ShouldBeEmpty();
        reading.Warnings.Count.ShouldBe(2);
        reading.Warnings[0].ShouldStartWith("character 14: [words:0.7] is read as the weight");
    }

    [Fact]
    public void Read_TheDocumentsPrompt_HasBothLorasAndNoProblem()
    {
        const string prompt = "(sedan:1.3), (electric car:1.2), [Tesla Model Y:0.7], <lora:tesla_lora:0.8>, [BYD Han EV:0.7], <lora:byd_lora:0.8>, "
            + "sunlight, city street, clear sky, high detail, wide angle";
        var reading = PromptReading.Read(prompt);
        reading.Problems.ShouldBeEmpty();
        reading.Loras.Select(l => l.Name).ShouldBe(["tesla_lora", "byd_lora"]);
        reading.Warnings.Count.ShouldBe(2);
    }

    [Fact]
    public void Read_BracketsDeeperThanAnyoneWrites_IsAProblem()
    {
        var deep = new string('[', 60) + "a" + string.Concat(Enumerable.Repeat(":1]", 60));
        PromptReading.Read(deep).Problems.ShouldContain(p => p.Contains("nested more than 50 deep"));
        PromptReading.Read(new string('a', PromptReading.MaximumLength + 1)).Problems.ShouldHaveSingleItem().ShouldContain("20000");
    }

    [Fact]
    public void Read_AnyPrompt_EndsWithTheLastStepAndKeepsPlainWords() => Prompts.Sample(prompt =>
    {
        foreach (var brackets in Enum.GetValues<BracketMeaning>())
        {
            var reading = PromptReading.Read(prompt, brackets);
            foreach (var part in reading.Parts)
            {
                var texts = part.Schedule.Resolve(7);
                texts[^1].EndStep.ShouldBe(7);
                texts.Select(t => t.EndStep).ShouldBe(texts.Select(t => t.EndStep).Order().Distinct());
                texts.ShouldAllBe(t => PromptAttention.Parse(t.Text, null, null).Count > 0);
            }
        }
    });

    [Fact]
    public void Read_EscapedText_IsItsOwnWords() => Prompts.Sample(words =>
    {
        var escaped = new StringBuilder();
        foreach (var c in words.Replace("AND", "and").Replace("BREAK", "break").Replace("<", "").Replace("\n", " ").TrimEnd())
        {
            escaped.Append(@"\()[]:|{}".Contains(c) ? $"\\{c}" : $"{c}");
        }

        var reading = PromptReading.Read($"({escaped}!:1.3)");
        reading.Problems.ShouldBeEmpty();
        var text = reading.Parts.Single().Schedule.Resolve(4).Single().Text;
        PromptAttention.Parse(text).ShouldBe([new WeightedText(words.Replace("AND", "and").Replace("BREAK", "break").Replace("<", "").Replace("\n", " ").TrimEnd() + "!", 1.3)]);
    });

    [Fact]
    public void Chunks_OfAnyPieces_HoldEveryTokenOnceAndInOrder() => Gen.Int[1, 9].Array[0, 300].Sample(ids =>
    {
        var marks = new ChunkMarks(Start: 100, End: 101, Pad: 102, Comma: 5, Length: 77);
        var chunks = PromptChunks.Of([new WeightedText("", 1.5)], _ => ids, marks);
        chunks.ShouldAllBe(c => c.Ids.Length == 77 && c.Ids[0] == 100 && c.Ids.Contains(101));
        chunks.SelectMany(c => c.Ids.Where(id => id < 100)).ShouldBe(ids.Select(id => (long)id));
        chunks.ShouldAllBe(c => c.Ids.Zip(c.Weights).All(p => p.Second == (p.First < 100 ? 1.5f : 1)));
        for (var i = 0; i + 1 < chunks.Count; i++)
        {
            // A chunk that is not full was broken behind its last comma.
            var end = Array.IndexOf(chunks[i].Ids, 101);
            (end == 76 || chunks[i].Ids[end - 1] == 5).ShouldBeTrue();
            end.ShouldBeGreaterThan(54);
        }
    });
}
