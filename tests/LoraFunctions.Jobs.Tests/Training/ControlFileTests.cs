using LoraFunctions.Diffusion.Training;
using LoraFunctions.Jobs.Training;
using Shouldly;
using Xunit;

namespace LoraFunctions.Jobs.Tests.Training;

public sealed class ControlFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly List<string> _warnings = [];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("""{"stop": true, "by": "mei"}""", true, null, "mei", false)]
    [InlineData("""{"continue": true, "by": " mei "}""", false, null, "mei", true)]
    [InlineData("""{"stop": false}""", false, null, "control file", true)]
    [InlineData("""{"learningRate": 1e-4, "by": "mei"}""", false, 1e-4, "mei", false)]
    [InlineData("""{"learning_rate": 1e-4, "stop": false, "by": ""}""", false, 1e-4, "control file", false)]
    [InlineData("{}", false, null, "control file", false)]
    public void Read_WordOfAPerson_IsUnderstood(string json, bool stop, double? rate, string by, bool goOn)
    {
        Read(json).ShouldBe(new TrainingControl(stop, rate, by, goOn));
        _warnings.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("""{"learningRte": 1e-4}""", "learningRte: there is no such key. Did you mean 'learningRate'? Give ")]
    [InlineData("""{"learningRate": "1e-4"}""", "learningRate: \"1e-4\" is out of range, which is more than 0, up to 1. Give ")]
    [InlineData("""{"learning_rate": 2}""", "learning_rate: 2 is out of range, which is more than 0, up to 1. Give ")]
    [InlineData("""{"stop": "yes"}""", "stop: \"yes\" is neither true nor false. Give ")]
    [InlineData("""{"stop": true, "continue": true}""", "stop and continue are both there. Give ")]
    [InlineData("[]", "it is no JSON object. Give ")]
    [InlineData("""{"stop": tr""", "")]
    public void Read_NotUnderstood_WarnsOnceAndStaysAsBefore(string json, string expected)
    {
        Read(json).ShouldBe(TrainingControl.Continue with { By = "someone" });

        _warnings.ShouldHaveSingleItem().ShouldStartWith($"{_folder.Below("control.json")}: nothing of it is taken up: {expected}");
        _warnings[0].ShouldEndWith("""{"learningRate": 0.0001, "by": "name"}.""");
    }

    [Fact]
    public void Read_FileIsReplaced_IsReadAgain()
    {
        var control = new ControlFile(_folder.Below("control.json"), _warnings.Add);
        control.Read().ShouldBe(TrainingControl.Continue);

        _folder.Write("control.json", """{"learningRate": 0.5}""");
        control.Read().LearningRate.ShouldBe(0.5);
        _folder.Write("control.json", """{"stop": true, "by": "li"}""");
        control.Read().ShouldBe(new TrainingControl(Stop: true, By: "li"));
        _folder.Write("control.json", "{");
        control.Read().Stop.ShouldBeTrue();
        control.Read();

        _warnings.Count.ShouldBe(1);
    }

    private TrainingControl Read(string json)
    {
        var control = new ControlFile(_folder.Write("control.json", json), _warnings.Add);
        control.Read();
        return control.Read();
    }
}
