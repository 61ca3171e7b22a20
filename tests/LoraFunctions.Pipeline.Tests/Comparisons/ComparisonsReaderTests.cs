using System.Text;
using LoraFunctions.Pipeline.Comparisons;

namespace LoraFunctions.Pipeline.Tests.Comparisons;

public sealed class ComparisonsReaderTests
{
    private const string Good = """
        seeds: [1, 2]
        scenes:
          city-street: sunlight, city street
          rain: heavy rain, wet road
        templates:
          wide:
            prompt: "[{left}:0.7], <lora:{left_lora}:{strength}>, [{right}:0.7], <lora:{right_lora}:{strength}>, {scene}, wide angle"
            lora_strength: 0.65
        pairs:
          - left: tesla-model-y
            right: byd-han-ev
            scenes: [rain]
        rule:
          same_segment: false
          max_pairs: 3
        """;

    [Fact]
    public void Read_GoodFile_GivesValuesAndDefaults()
    {
        var configuration = Read(Good);

        configuration.Seeds.ShouldBe([1, 2]);
        configuration.Scenes.Select(s => s.Name).ShouldBe(["city-street", "rain"]);
        configuration.DefaultTemplate.ShouldBe("wide");
        var template = configuration.Templates["wide"];
        template.LoraStrength.ShouldBe(0.65);
        (template.Width, template.Height, template.Steps, template.GuidanceScale, template.Sampler).ShouldBe((960, 512, 30, 7.5, "Euler"));
        template.EffectiveMethod().ShouldBe("merge");
        template.NegativePrompt.ShouldBe("low quality, blurry, distorted wheels, extra doors, logo, watermark");
        var pair = configuration.Pairs.ShouldHaveSingleItem();
        (pair.Left, pair.Right, pair.Template).ShouldBe(("tesla-model-y", "byd-han-ev", null));
        pair.Scenes.ShouldBe(["rain"]);
        configuration.Rule.ShouldBe(new ComparisonRule(false, 3, configuration.Rule!.Scenes, null));
    }

    [Fact]
    public void Read_ManyErrors_NamesEachWithLineKeyAndHelp()
    {
        var problems = Problems("""
            seeds: [1, -2, 1]
            scenes:
              City Street: sunlight
            template:
              x: y
            templates:
              wide:
                prompt: "{left} {right} <lora:{left_lora}:1> {scen}"
                method: havles
                lora_strength: 1.2
                width: 770
                stepps: 20
            default_template: wid
            pairs:
              - left: Tesla Model Y
                right: byd-han-ev
                scenes: [rain]
              - left: a
                right: a
            """);

        problems.ShouldBe(
        [
            "comparisons.yaml:1: seeds[1]: '-2' is not a whole number from 0 to 4294967295.",
            "comparisons.yaml:3: scenes.City Street: a scene's name is part of file names: lower-case letters, digits and '-', e.g. 'city-street'.",
            "comparisons.yaml:10: templates.wide.lora_strength: '1.2' is not a number from 0.1 to 0.95.",
            "comparisons.yaml:12: templates.wide.stepps: unknown key. Did you mean 'steps'? Known are: prompt, negative_prompt, lora_strength, width, height, steps, guidance_scale, sampler, car_prompt, colours, version, method, layout, brackets, best_of, format, final_width, final_height.",
            "comparisons.yaml:9: templates.wide.method: there is no method 'havles'. Did you mean 'halves'? There is: halves, masks, solo-first, attention, delta-mask, merge.",
            "comparisons.yaml:11: templates.wide.width: 770 is not a multiple of 8.",
            "comparisons.yaml:8: templates.wide.prompt: {scen} stands for nothing; there are {left}, {right}, {left_lora}, {right_lora}, {left_colour}, {right_colour}, {left_features}, {right_features}, {strength}, {scene}, {view}. Did you mean 'scene'?",
            "comparisons.yaml:8: templates.wide.prompt: '{right_lora}' is missing: both cars and the scene belong into a comparison, and both LoRAs or none.",
            "comparisons.yaml:8: templates.wide.prompt: '{scene}' is missing: both cars and the scene belong into a comparison, and both LoRAs or none.",
            "comparisons.yaml:9: templates.wide.method: the prompt names LoRAs, which would reach both cars with havles; move them to car_prompt, or give method: merge.",
            "comparisons.yaml:15: pairs[0].left: 'Tesla Model Y' is no model key: lower-case letters, digits and '-', e.g. 'tesla-model-y'.",
            "comparisons.yaml:17: pairs[0].scenes: there is no scene 'rain'. There is: City Street.",
            "comparisons.yaml:19: pairs[1].right: 'a' is compared with itself.",
            "comparisons.yaml:4: template: unknown key. Did you mean 'templates'? Known are: seeds, scenes, templates, default_template, pairs, rule.",
            "comparisons.yaml:13: default_template: there is no template 'wid'. Did you mean 'wide'? There is: wide.",
            "comparisons.yaml:1: seeds: a seed stands there twice; it would make the same picture.",
        ]);
    }

    [Fact]
    public void Read_SceneWithItsOwnWishes_OverridesTheTemplate()
    {
        var configuration = Read("""
            seeds: [1]
            scenes:
              street: sunlight
              cover:
                version: 3
                prompt: city street
                negative_prompt: blurry
                view: rear view
                layout: stacked
                method: masks
                lora_strength: 0.6
            templates:
              wide:
                version: 2
                prompt: "{left}, {right}, {scene}"
                car_prompt: "{car}, {features}, {view} <lora:{lora}:{strength}>"
                format: jpg
                final_width: 1080
                final_height: 1920
            rule: {}
            """);

        var (street, cover) = (configuration.Scenes[0].In(configuration.Templates["wide"]), configuration.Scenes[1].In(configuration.Templates["wide"]));
        (cover.Version, cover.SceneVersion, cover.View, cover.NegativePrompt, cover.Layout, cover.Method, cover.LoraStrength, cover.ScenePrompt)
            .ShouldBe((2, 3, "rear view", "blurry", "stacked", "masks", 0.6, "city street"));
        (cover.Format, cover.FinalWidth, cover.FinalHeight).ShouldBe(("jpg", 1080, 1920));
        (street.SceneVersion, street.View, street.Layout, street.Method).ShouldBe((null, null, "side-by-side", null));

        // What has no words tonight takes its comma along.
        PromptedCar left = new("Model Y", "y", ["hidden door handles", "black roof"]), right = new("Han", "h");
        cover.PromptsFor(left, right).Left.ShouldBe("Model Y, hidden door handles, black roof, rear view <lora:y:0.6>");
        street.PromptsFor(left, right).Right.ShouldBe("Han, <lora:h:0.7>");
    }

    [Fact]
    public void Read_SceneThatIsWrong_NamesEachProblemWithItsLine() =>
        Problems("""
            seeds: [1]
            scenes:
              cover:
                version: 0
                view: from above
                layuot: stacked
                method: halvs
              back: {prompt: street, view: rear view, method: masks}
            templates:
              wide:
                prompt: "{left} {right} <lora:{left_lora}:1> <lora:{right_lora}:1> {scene}"
                final_width: 100
                format: gif
            rule: {}
            """).ShouldBe(
        [
            "comparisons.yaml:4: scenes.cover.prompt: is missing.",
            "comparisons.yaml:4: scenes.cover.version: '0' is not a whole number from 1 to 1000000.",
            "comparisons.yaml:6: scenes.cover.layuot: unknown key. Did you mean 'layout'? Known are: prompt, version, negative_prompt, view, layout, method, lora_strength.",
            "comparisons.yaml:7: scenes.cover.method: there is no method 'halvs'. Did you mean 'halves'? There is: halves, masks, solo-first, attention, delta-mask, merge.",
            "comparisons.yaml:5: scenes.cover.view: 'from above' is none of the views that photos are told apart by; write e.g. front view, side view, rear view or interior.",
            "comparisons.yaml:13: templates.wide.format: there is no format 'gif'. There is: png, jpg, webp.",
            "comparisons.yaml:12: templates.wide.final_width: 100 is not a multiple of 8.",
            "comparisons.yaml:12: templates.wide.final_width: 100 is less than the 960 pixels of the first pass.",
            "comparisons.yaml:11: templates.wide.final_height: is missing; a finished picture has a width and a height.",
            "comparisons.yaml:3: scenes: cover asks for a view, but no template holds {view}; write it into its car_prompt.",
            "comparisons.yaml:3: scenes: cover asks for the method halvs, but the prompt of the template wide names LoRAs, which would reach both cars.",
            "comparisons.yaml:3: scenes: back asks for a view, but no template holds {view}; write it into its car_prompt.",
            "comparisons.yaml:3: scenes: back asks for the method masks, but the prompt of the template wide names LoRAs, which would reach both cars.",
        ]);

    [Theory]
    [InlineData("{car} {colour}", "[red]", "1 colours; give two, the left car's and the right one's")]
    [InlineData("{car} {colour}", "[a, b, c]", "3 colours; give two")]
    [InlineData("{car}", "[red, blue]", "no prompt holds {colour}, so they would have no effect")]
    public void Read_ColoursThatDoNotFit_AreNamed(string carPrompt, string colours, string problem) =>
        Problems($$$"""
            seeds: [1]
            scenes: {rain: rain}
            templates:
              wide: {prompt: "{left} {right} {scene}", car_prompt: "{{{carPrompt}}} <lora:{lora}:{strength}>", colours: {{{colours}}}}
            rule: {}
            """).ShouldHaveSingleItem().ShouldContain($"templates.wide.colours: {problem}");

    [Fact]
    public void Read_EmptyFile_SaysWhatIsNeeded() =>
        Problems("").Select(p => p[(p.LastIndexOf("give", StringComparison.Ordinal))..]).ShouldBe(
        [
            "give at least one seed, e.g. [1, 2].",
            "give at least one scene.",
            "give at least one template.",
            "give pairs, or a rule.",
        ]);

    [Theory]
    [InlineData("a: [", "comparisons.yaml:")]
    [InlineData("- a\n- b\n", "comparisons.yaml:1: expected 'key: value' lines at the top.")]
    [InlineData("a: 1\na: 2\n", "comparisons.yaml:2: not valid YAML: ")]
    [InlineData("seeds: [1]\nscenes: {a: {[b]: c}}\ntemplates: {}\npairs: []\n", "comparisons.yaml:2: scenes.a: must be 'key: value' lines.")]
    [InlineData("a: 1\n---\nb: 2\n", "comparisons.yaml:3: a second document begins here; one file holds one")]
    public void Read_NoMapping_SaysWhere(string text, string problem) => Problems(text)[0].ShouldStartWith(problem);

    [Fact]
    public void Read_SamePairTwice_IsRefused() =>
        Problems(Good.Replace("rule:", "  - left: tesla-model-y\n    right: byd-han-ev\nrule:"))
            .ShouldHaveSingleItem().ShouldContain("tesla-model-y and byd-han-ev are paired 2 times");

    private static ComparisonsConfiguration Read(string text) => ComparisonsReader.Read("comparisons.yaml", Encoding.UTF8.GetBytes(text));

    private static IReadOnlyList<string> Problems(string text) => Should.Throw<InvalidJobInputException>(() => Read(text)).Problems;
}
