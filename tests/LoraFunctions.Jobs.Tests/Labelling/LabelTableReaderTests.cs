using LoraFunctions.Imaging.Gate;
using LoraFunctions.Jobs.Labelling;
using Shouldly;
using Xunit;

namespace LoraFunctions.Jobs.Tests.Labelling;

public sealed class LabelTableReaderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Read_TheShippedTable_AsksViewBackgroundLightAndPaint()
    {
        var table = LabelTableReader.Read(RepositoryFiles.Of("infra", "config", "labels.yaml"));

        table.Caption.ShouldBe(["name", "features", "paint", "view", "light"]);
        table.Groups.Select(g => g.Name).ShouldBe(["view", "background", "light", "paint"]);
        table.Groups.Single(g => g.Name == "paint").Threshold.ShouldBe(0.5);
        table.Groups.ShouldAllBe(g => g.Candidates.All(c => c.Prompts.Count > 0));
    }

    [Fact]
    public void Read_WordsAndTemplates_GiveOnePromptEach()
    {
        var table = LabelTableReader.Read(
            _folder.Write(
                "labels.yaml",
                """
                groups:
                  view:
                    templates: ["the {} of a car", "a car, {}"]
                    words: [side view, {word: interior, prompts: [inside a car]}, {word: "", prompts: a wall}]
                """));

        table.Caption.ShouldBe(["name", "features", "view"]);
        var view = table.Groups.Single();
        view.Threshold.ShouldBeNull();
        view.Candidates.Select(c => c.Word).ShouldBe(["side view", "interior", ""]);
        view.Candidates[0].Prompts.ShouldBe(["the side view of a car", "a car, side view"]);
        view.Candidates[1].Prompts.ShouldBe(["inside a car"]);
        view.Candidates[2].Prompts.ShouldBe(["a wall"]);
    }

    [Fact]
    public void Read_ManyMistakes_NamesAllWithLineAndKey()
    {
        var path = _folder.Write(
            "labels.yaml",
            """
            caption: [name, veiw]
            extra: 1
            groups:
              view:
                template: x
                words: [one]
              paint:
                optional: 2
                templates: [a red car]
                words: [red, red, {prompts: [x]}, {word: ""}, [a]]
              name:
                words: [a, b]
              light: dark
            """);

        var problems = Should.Throw<InvalidJobInputException>(() => LabelTableReader.Read(path)).Problems;

        problems.ShouldBe([
            $"{path}:2: extra: there is no such key; there are caption, groups, gate.",
            $"{path}:5: groups.view.template: there is no such key; there are templates, words, optional, margin, temperature. Did you mean 'templates'?",
            $"{path}:6: groups.view.words: expected a list of at least two candidates.",
            $"{path}:9: groups.paint.templates: 'a red car' has no {{}} for the word to stand in.",
            $"{path}:8: groups.paint.optional: '2' is no probability; give the least one a label needs, between 0 and 1.",
            $"{path}:10: groups.paint.words: a candidate of this form needs 'word:'; \"\" says nothing in the caption.",
            $"{path}:10: groups.paint.words: a candidate without a word needs 'prompts:'.",
            $"{path}:10: groups.paint.words: a candidate is a word, or 'word:' and 'prompts:'.",
            $"{path}:10: groups.paint.words: 'red' stands there 2 times.",
            $"{path}:12: groups.name: this name is taken by a part of the caption; choose another.",
            $"{path}:13: groups.light: expected 'words:' and, if wanted, 'templates:' and 'optional:' below it.",
            $"{path}:1: caption: there is no group 'veiw'; give name, features, view, paint, name, light. Did you mean 'view'?",
        ]);
    }

    [Fact]
    public void Read_Gate_GivesQuestionsAndThresholds()
    {
        var path = _folder.Write(
            "labels.yaml",
            """
            groups:
              view: {words: [side view, interior]}
            gate:
              same scene: 0.98
              not a car: {against: [a house, a document], for: [a car], from: 0.9}
              occluded: {against: [a tree before a car], for: [a car]}
            """);

        var gate = LabelTableReader.Read(path).Gate;

        gate.MinSameScene.ShouldBe(0.98);
        gate.Questions.Select(question => (question.Reason, question.Against, question.Threshold)).ShouldBe([(GateReason.NotACar, 2, 0.9), (GateReason.Occluded, 1, null)]);
        gate.Questions[0].Group.Candidates.Select(candidate => candidate.Prompts.Single()).ShouldBe(["a house", "a document", "a car"]);
    }

    [Fact]
    public void Read_GateWithMistakes_NamesAllWithLineAndKey()
    {
        var path = _folder.Write(
            "labels.yaml",
            """
            groups:
              view: {words: [side view, interior]}
            gate:
              same scene: 2
              not a cat: {}
              occluded: {against: [], from: 1}
              brand logo: 0.5
            """);

        Should.Throw<InvalidJobInputException>(() => LabelTableReader.Read(path)).Problems.ShouldBe([
            $"{path}:5: gate.not a cat: there is no such key; there are same scene, not a car, busy background, occluded, several cars, brand logo. Did you mean 'not a car'?",
            $"{path}:6: gate.occluded.against: expected a list of texts, none of them empty.",
            $"{path}:6: gate.occluded.for: is missing; it holds the sentences that CLIP compares the photo with.",
            $"{path}:6: gate.occluded.from: '1' is no probability; give the least one that rejects a photo, between 0 and 1.",
            $"{path}:7: gate.brand logo: expected 'against:', 'for:' and, to reject photos, 'from:' below it.",
            $"{path}:4: gate.same scene: '2' is no cosine of two embeddings; give the least one of photos that show the same scene, 0 to 1.",
        ], ignoreOrder: true);
    }

    [Fact]
    public void CaptionOf_TheDocumentsLabels_IsTheDocumentsCaption()
    {
        var table = new LabelTable(["name", "features", "paint", "view", "light"], []);

        table
            .CaptionOf(
                "Tesla Model Y",
                ["hidden door handles"],
                [new("view", "side view", 1, 1), new("light", "daylight", 1, 1), new("paint", "black roof", 1, 1)])
            .ShouldBe("Tesla Model Y, hidden door handles, black roof, side view, daylight");
        table
            .CaptionOf("Tesla Model Y", [], [new("view", "side view", 1, 1), new("light", "", 1, 1), new("paint", null, 0.2, 0)])
            .ShouldBe("Tesla Model Y, side view");
    }
}
