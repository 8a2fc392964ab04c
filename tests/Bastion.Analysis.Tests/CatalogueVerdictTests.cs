namespace Bastion.Analysis.Tests;

/// <summary>What the built-in catalogue says of everyday and of destructive commands, area by area.</summary>
public class CatalogueVerdictTests
{
    [Theory]
    [InlineData("lvremove -y vg1/old", "volume.destroy")]
    [InlineData("zpool destroy pool1", "volume.destroy")]
    [InlineData("sgdisk --zap-all /dev/sdx", "disk.format")]
    [InlineData("nvme format /dev/nvme3n1", "disk.wipe")]
    [InlineData("ceph osd pool rm p1 p1 --yes-i-really-really-mean-it", "volume.destroy")]
    [InlineData("restic forget --keep-last 2 --prune", "backup.destroy")]
    [InlineData("velero backup delete nightly", "backup.destroy")]
    [InlineData("pgbackrest --stanza=shop stanza-delete", "backup.destroy")]
    [InlineData("aws rds delete-db-snapshot --db-snapshot-identifier s1", "backup.destroy")]
    [InlineData("mysqladmin -f drop billing", "database.drop")]
    [InlineData("redis-cli -n 3 flushdb", "database.drop")]
    [InlineData("mongosh --eval 'db.orders.deleteMany({})'", "database.delete-all")]
    [InlineData("kafka-topics.sh --bootstrap-server k1:9092 --delete --topic orders", "database.drop")]
    [InlineData("docker volume rm pgdata", "volume.destroy")]
    [InlineData("docker compose down --volumes", "container.destroy")]
    [InlineData("kubectl --context prod delete deploy/web", "cluster.delete")]
    [InlineData("helm uninstall web", "cluster.delete")]
    [InlineData("az vm delete -n web1 -g shop", "cloud.destroy")]
    [InlineData("gcloud compute disks delete d1 --zone z1", "cloud.destroy")]
    [InlineData("aliyun ecs DeleteInstance --InstanceId i-7", "cloud.destroy")]
    [InlineData("terraform destroy -target=module.db", "cloud.destroy")]
    [InlineData("gh repo delete acme/site --yes", "repository.rewrite")]
    [InlineData("iptables -t nat -F", "network.filter")]
    [InlineData("systemctl stop auditd", "audit.tamper")]
    [InlineData("journalctl --vacuum-time=1d", "audit.tamper")]
    [InlineData("userdel -r mallory", "identity.change")]
    [InlineData("crontab -r", "schedule.create")]
    [InlineData("vim /etc/hosts", "session.escape")]
    [InlineData("tmux new -s work", "session.escape")]
    [InlineData("kubectl exec -it web-0 -- bash", "session.escape")]
    public void Stops(string command, string effect) =>
        Assert.Contains(Analyzer.Default.AnalyzeShell(command).Effects, found => found.Kind.Name() == effect
        && found.Level > RiskLevel.Low);

    [Theory]
    [InlineData("grep rm notes.txt")]
    [InlineData("man rm")]
    [InlineData("kubectl get pods -n delete")]
    [InlineData("kubectl describe pod delete")]
    [InlineData("kubectl delete pod web-0 --dry-run=server")]
    [InlineData("rsync -n -a --delete a/ b/")]
    [InlineData("terraform plan -destroy")]
    [InlineData("aws s3 ls s3://delete-me")]
    [InlineData("aws ec2 describe-instances --filters Name=tag:purge,Values=1")]
    [InlineData("docker logs rm")]
    [InlineData("systemctl status auditd")]
    [InlineData("restic snapshots")]
    [InlineData("redis-cli get flushall")]
    [InlineData("iptables -L -n")]
    [InlineData("crontab -l")]
    [InlineData("tmux ls")]
    [InlineData("less /etc/hosts")]
    [InlineData("vim --version")]
    [InlineData("helm list")]
    [InlineData("gh pr list")]
    public void Lets_pass(string command)
    {
        AnalysisResult result = Analyzer.Default.AnalyzeShell(command);
        Assert.True(result.Risk == RiskLevel.Low, string.Join("; ", result.Effects));
    }

    [Fact]
    public void Version_of_a_package_is_no_question_for_the_version() =>
        Assert.True(Analyzer.Default.AnalyzeShell("cargo yank --version 1.2.0 widget").Risk > RiskLevel.Low);
}
