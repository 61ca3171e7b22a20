using System.Text;

namespace LoraFunctions.Contracts.Tests;

public sealed class JobIdsTests
{
    private static readonly BaseModelRef s_base = new("sd15", "base-digest", []);

    private static readonly Vehicle s_vehicle = new(1, "Tesla", "Model Y", "2024", 2024, "suv", 250_000, true, ["hidden door handles"], DateTimeOffset.UnixEpoch);

    private static readonly LabelJobSpec s_label = new(
        1, "", 0, "4711", "tesla-model-y-2024", s_vehicle, [Blob("4711/a.jpg"), Blob("4711/b.jpg")], Blob("labels.yaml"), s_base);

    private static readonly TrainJobSpec s_train = new(
        1, "", 0, "tesla-model-y-2024", "Tesla Model Y", "digest", [File("m/d/a.jpg"), File("m/d/metadata.csv")], [Blob("training/default.yaml")], s_base);

    private static readonly ComparisonTemplate s_template = new("wide", "{left} {right}", "blurry", "rain", 0.7, 768, 512, 30, 7.5, "Euler");

    private static readonly RenderJobSpec s_render = new(
        1, "", 0, new ComparedModel("a", "A", Blob("a/1.safetensors")), new ComparedModel("b", "B", Blob("b/1.safetensors")), "rain", s_template, [1, 2], s_base);

    [Fact]
    public void Named_Always_GivesKindDigestAndRevision()
    {
        var spec = JobIds.Named(s_train, "");

        spec.JobId.ShouldMatch("^train-[0-9a-f]{32}$");
        spec.NumericsRevision.ShouldBe(NumericsRevision.Current);
        JobIds.Named(s_label, "").JobId.ShouldStartWith("label-");
        JobIds.Named(s_render, "").JobId.ShouldStartWith("render-");
    }

    [Fact]
    public void Named_SameInputs_KeepsItsNameOverReleases()
    {
        // Another name here means that every car model is trained again: raise NumericsRevision for that, and only where results change.
        JobIds.Named(s_label, "").JobId.ShouldBe("label-450f7ac148af9275dca02240637fd402");
        JobIds.Named(s_train, "").JobId.ShouldBe("train-67df5692d4078bfd4342ad5040b21561");
        JobIds.Named(s_render, "").JobId.ShouldBe("render-f837f655fd97cf824aa21032eba4267d");
    }

    [Fact]
    public void Named_BeginsWithALora_IsAnotherTraining()
    {
        var warm = s_train with { StartFrom = Blob("m/1.safetensors") };

        JobIds.Named(warm, "").JobId.ShouldNotBe(JobIds.Named(s_train, "").JobId);
        JobIds.Named(warm with { StartFrom = Blob("m/2.safetensors") }, "").JobId.ShouldNotBe(JobIds.Named(warm, "").JobId);
    }

    [Fact]
    public void Named_Colours_ChangeTheNameAndThePrompt()
    {
        var coloured = s_render with { Template = s_template with { CarPrompt = "{car}, {colour}", Colours = ["red", "blue"] } };

        coloured.Prompt().ShouldBe("A B\nA, red\nB, blue");
        JobIds.Named(coloured, "").JobId.ShouldNotBe(
            JobIds.Named(coloured with { Template = coloured.Template with { Colours = ["blue", "red"] } }, "").JobId);
        ContractJson.Deserialize<RenderJobSpec>(Encoding.UTF8.GetBytes(ContractJson.Serialize(coloured))).Template.Colours.ShouldBe(["red", "blue"]);
        s_template.ColoursProblem().ShouldBeNull();
        (s_template with { CarPrompt = "{colour}" }).ColoursProblem().ShouldNotBeNull();
    }

    [Fact]
    public void Named_WhatDoesNotChangeTheResult_KeepsTheName()
    {
        var other = s_vehicle with { Price = 1, ListedAt = DateTimeOffset.MaxValue };
        string[] labels =
        [
            JobIds.Named(s_label, "").JobId,
            JobIds.Named(s_label with { JobId = "x", NumericsRevision = 9 }, "").JobId,
            JobIds.Named(s_label with { Vehicle = other }, "").JobId,
            JobIds.Named(s_label with { LabelTable = s_label.LabelTable with { ETag = "other" } }, "").JobId,
        ];
        labels.Distinct().Count().ShouldBe(1);

        string[] trainings =
        [
            JobIds.Named(s_train, "").JobId,
            JobIds.Named(s_train with { DatasetDigest = "with another report" }, "").JobId,
            JobIds.Named(s_train with { Dataset = [File("m/other/a.jpg", "m/d/a.jpg"), File("m/other/metadata.csv", "m/d/metadata.csv")] }, "").JobId,
        ];
        trainings.Distinct().Count().ShouldBe(1);
    }

    [Fact]
    public void Named_AnyInputChanges_ChangesTheName()
    {
        string[] ids =
        [
            JobIds.Named(s_label, "").JobId,
            JobIds.Named(s_label, "again").JobId,
            JobIds.Named(s_label with { Photos = [Blob("4711/a.jpg")] }, "").JobId,
            JobIds.Named(s_label with { Photos = [Blob("4711/a.jpg"), Blob("4711/c.jpg", "4711/b.jpg")] }, "").JobId,
            JobIds.Named(s_label with { Photos = [Blob("4711/b.jpg"), Blob("4711/a.jpg")] }, "").JobId,
            JobIds.Named(s_label with { LabelTable = Blob("labels.yaml", "other") }, "").JobId,
            JobIds.Named(s_label with { Clip = s_base with { Digest = "other" } }, "").JobId,
            JobIds.Named(s_label with { ModelKey = "other" }, "").JobId,
            JobIds.Named(s_label with { Vehicle = s_vehicle with { Model = "Model 3" } }, "").JobId,
            JobIds.Named(s_label with { Vehicle = s_vehicle with { Features = ["hidden door handles", "black roof"] } }, "").JobId,
            JobIds.Named(s_train, "").JobId,
            JobIds.Named(s_train, "again").JobId,
            JobIds.Named(s_train with { Dataset = [File("m/d/a.jpg", "other"), File("m/d/metadata.csv")] }, "").JobId,
            JobIds.Named(s_train with { Dataset = [File("m/d/a.jpg"), File("m/d/metadata.csv", "other")] }, "").JobId,
            JobIds.Named(s_train with { Configurations = [Blob("training/default.yaml"), Blob("training/x.yaml")] }, "").JobId,
            JobIds.Named(s_train with { BaseModel = s_base with { Digest = "other" } }, "").JobId,
            JobIds.Named(s_train with { ModelKey = "other" }, "").JobId,
            JobIds.Named(s_train with { DisplayName = "other" }, "").JobId,
            JobIds.Named(s_render, "").JobId,
            JobIds.Named(s_render, "again").JobId,
            JobIds.Named(s_render with { Left = s_render.Right, Right = s_render.Left }, "").JobId,
            JobIds.Named(s_render with { Left = s_render.Left with { Lora = Blob("a/2.safetensors") } }, "").JobId,
            JobIds.Named(s_render with { Left = s_render.Left with { DisplayName = "other" } }, "").JobId,
            JobIds.Named(s_render with { Scene = "night" }, "").JobId,
            JobIds.Named(s_render with { Template = s_template with { LoraStrength = 0.8 } }, "").JobId,
            JobIds.Named(s_render with { Template = s_template with { ScenePrompt = "rain, dusk" } }, "").JobId,
            JobIds.Named(s_render with { Seeds = [1, 3] }, "").JobId,
            JobIds.Named(s_render with { BaseModel = s_base with { Digest = "other" } }, "").JobId,
        ];

        ids.Distinct().Count().ShouldBe(ids.Length);
    }

    private static BlobRef Blob(string name, string? content = null) => new("c", name, "etag", Digests.OfText(content ?? name));

    private static NamedBlob File(string name, string? content = null) => new(Path.GetFileName(name), Blob(name, content));
}
