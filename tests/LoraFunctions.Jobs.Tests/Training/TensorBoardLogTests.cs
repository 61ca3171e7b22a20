using System.Text;
using LoraFunctions.Jobs.Training.Log;
using Shouldly;
using Xunit;

namespace LoraFunctions.Jobs.Tests.Training;

public sealed class TensorBoardLogTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string LogPath => _folder.Below("out", TensorBoardLog.NameFor("tesla"));

    // RFC 3720, B.4, and the usual check value.
    [Theory]
    [InlineData("313233343536373839", 0xe3069283u)]
    [InlineData("0000000000000000000000000000000000000000000000000000000000000000", 0x8a9136aau)]
    [InlineData("ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", 0x62a8ab43u)]
    [InlineData("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f", 0x46dd794eu)]
    [InlineData("1f1e1d1c1b1a191817161514131211100f0e0d0c0b0a09080706050403020100", 0x113fdb5cu)]
    [InlineData("01c000000000000000000000000000001400000000000400000000140000001828000000000000000200000000000000", 0xd9963a56u)]
    public void Crc32C_KnownData_HasItsKnownChecksum(string hex, uint expected)
    {
        TensorBoardRecord.Crc32C(Convert.FromHexString(hex)).ShouldBe(expected);
        EventFileReader.Crc32C(Convert.FromHexString(hex)).ShouldBe(expected);
    }

    [Fact]
    public void Read_ARecordOfTensorFlowsOwnTests_IsIntact()
    {
        var record = Convert.FromHexString(
            "1800000000000000a37f4b22090000c025dd75d5411a0d" + Convert.ToHexString(Encoding.ASCII.GetBytes("brain.Event:1")) + "ecf3328d");

        TensorBoardRecord.Read(record).ShouldHaveSingleItem().ShouldBe(record);
        TensorBoardRecord.WallTimeOf(record).ShouldBe(1440183447.0, 1);
        TensorBoardRecord.Read(record[..^1]).ShouldBeEmpty("torn");
        record[20] ^= 1;
        TensorBoardRecord.Read(record).ShouldBeEmpty("damaged");
    }

    [Fact]
    public void Version_AtTheSameTime_DiffersFromThatRecordInTheVersionAlone()
    {
        var record = Convert.FromHexString("1800000000000000a37f4b22090000c025dd75d541");

        TensorBoardRecord.Version(BitConverter.ToDouble(record, 13))[..record.Length].ShouldBe(record);
    }

    [Fact]
    public void Add_EveryStep_CanBeReadAtOnce()
    {
        using var log = new TensorBoardLog(LogPath);
        log.StartAfter(0, []);
        log.Add(new StepRow(1, 1, 0.25, 2e-4, 0.5));
        log.Add(new StepRow(300, 2, 0.125, 1e-4, 0.75));
        log.AddValidation(300, 0.3);

        var events = EventFileReader.Read(LogPath);

        events.Select(e => e.Step).ShouldBe([1, 300, 300]);
        events[0]
            .Values.ShouldBe(
                new Dictionary<string, float>
                {
                    ["loss"] = 0.25f,
                    ["learning_rate"] = 2e-4f,
                    ["gradient_norm"] = 0.5f,
                });
        events[2].Values.ShouldBe(new Dictionary<string, float> { ["validation_loss"] = 0.3f });
    }

    [Fact]
    public void StartAfter_FileOfAKilledAttempt_KeepsEveryStepOnce()
    {
        StepRow[] rows = [.. Enumerable.Range(1, 6).Select(i => new StepRow(i, 1, 1.0 / i, 1e-4, 1))];
        using (var killed = new TensorBoardLog(LogPath))
        {
            killed.StartAfter(0, []);
            foreach (var row in rows)
            {
                killed.Add(row);
                if (row.Step % 2 == 0)
                {
                    killed.AddValidation(row.Step, row.Step);
                }
            }
        }

        var whole = File.ReadAllBytes(LogPath);
        File.WriteAllBytes(LogPath, whole[..^7]);

        using var log = new TensorBoardLog(LogPath);
        log.StartAfter(3, rows[..3]);
        EventFileReader.Read(LogPath).Select(e => e.Step).ShouldBe([1, 2, 2, 3]);
        whole
            .AsSpan()
            .StartsWith(File.ReadAllBytes(LogPath))
            .ShouldBeTrue("a reader that is further on finds the same records where it left off");

        log.Add(rows[3]);
        log.AddValidation(4, 4);
        log.Add(rows[4]);
        log.Add(rows[5]);
        log.AddValidation(6, 6);

        File.ReadAllBytes(LogPath).ShouldBe(whole);
    }

    [Fact]
    public void Finish_OnAnotherMachine_IsWhatOneAttemptWouldHaveLeft()
    {
        StepRow[] rows = [.. Enumerable.Range(1, 4).Select(i => new StepRow(i, 1, 1.0 / i, 1e-4, 1))];
        using (var one = new TensorBoardLog(LogPath))
        {
            one.StartAfter(0, []);
            one.Add(rows[0]);
            one.Add(rows[1]);
            one.AddValidation(2, 0.5);
            one.Add(rows[2]);
            one.Add(rows[3]);
            one.AddValidation(4, 0.25);
        }

        var elsewhere = _folder.Below("elsewhere", "events.out.tfevents.0.tesla");
        using (var resumed = new TensorBoardLog(elsewhere))
        {
            resumed.StartAfter(2, rows[..2]);
            resumed.Add(rows[2]);
            resumed.Add(rows[3]);
            resumed.AddValidation(4, 0.25);
            EventFileReader.Read(elsewhere).Select(e => e.Step).ShouldBe([1, 2, 3, 4, 4]);

            resumed.Finish(rows, new Dictionary<int, double> { [2] = 0.5, [4] = 0.25 });
        }

        File.ReadAllBytes(elsewhere).ShouldBe(File.ReadAllBytes(LogPath));
    }
}
