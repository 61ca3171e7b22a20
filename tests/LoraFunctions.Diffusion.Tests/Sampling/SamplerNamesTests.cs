using LoraFunctions.Diffusion.Sampling;
using Shouldly;
using Xunit;

namespace LoraFunctions.Diffusion.Tests.Sampling;

public sealed class SamplerNamesTests
{
    [Theory]
    [InlineData("Euler", "Euler", "Uniform", "Euler")]
    [InlineData("euler A", "Euler a", "Uniform", "EulerAncestral")]
    [InlineData(" DPM++ 2M Karras ", "DPM++ 2M", "Karras", "Multistep")]
    [InlineData("DPM++ SDE Exponential", "DPM++ SDE", "Exponential", "Sde")]
    [InlineData("DDIM", "DDIM", null, "Euler")]
    [InlineData("PLMS", "PLMS", null, "Plms")]
    [InlineData("UniPC", "UniPC", null, "UniPc")]
    [InlineData("LCM", "LCM", null, "Lcm")]
    public void Find_KnownName_GivesSamplerAndSchedule(string given, string name, string? schedule, string solver)
    {
        var choice = SamplerNames.Find(given);
        (choice.Name, choice.ScheduleType).ShouldBe((name, schedule));
        choice.Step.Method.Name.ShouldBe(solver);
    }

    [Fact]
    public void Find_EveryListedName_ReturnsItself()
    {
        SamplerNames.All.ShouldContain(SamplerNames.Default);
        SamplerNames.All.ShouldBeUnique();
        SamplerNames.All.ShouldAllBe(name => SamplerNames.Find(name).FullName == name);
    }

    [Theory]
    [InlineData("Eulr", "Euler")]
    [InlineData("DPM++ 2M Karas", "DPM++ 2M Karras")]
    [InlineData("dpmpp 2m karras", "DPM++ 2M Karras")]
    [InlineData("ddim2", "DDIM")]
    public void Find_UnknownName_NamesTheNearestAndAllOthers(string given, string nearest)
    {
        var fault = Should.Throw<UnknownSamplerException>(() => SamplerNames.Find(given));
        fault.NearestName.ShouldBe(nearest);
        fault.Message.ShouldContain($"'{given}'");
        fault.Message.ShouldContain($"nearest is '{nearest}'");
        SamplerNames.All.ShouldAllBe(name => fault.Message.Contains(name));
        fault.Message.ShouldNotContain("\n");
    }

    [Fact]
    public void KarrasNoiseLevels_OfTwentySteps_AreThePublishedOnes()
    {
        var plan = SamplerNames.Find("Euler Karras").Plan(NoiseSchedule.StableDiffusion, 20);
        double[] expected = [14.6146, 11.7254, 9.3402, 7.3836, 5.7894, 4.4998, 3.4647];
        plan.Sigmas.Take(7).Zip(expected).ShouldAllBe(pair => Math.Abs(pair.First - pair.Second) < 1e-4);
        plan.Sigmas[^3].ShouldBe(0.0485, 1e-4);
        plan.Sigmas[^2].ShouldBe(0.0292, 1e-4);
        plan.Sigmas[^1].ShouldBe(0);
    }

    [Fact]
    public void Dpm2_AsInWebUi_LeavesOutTheNextToLastLevel()
    {
        var dpm2 = SamplerNames.Find("DPM2 Karras").Plan(NoiseSchedule.StableDiffusion, 20);
        var euler = SamplerNames.Find("Euler Karras").Plan(NoiseSchedule.StableDiffusion, 21);
        dpm2.Sigmas.ShouldBe([.. euler.Sigmas.Take(20), 0]);
    }
}
