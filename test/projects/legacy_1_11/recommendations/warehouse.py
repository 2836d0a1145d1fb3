def tables():
    from bigflow.bigquery import DatasetConfig

    return DatasetConfig(env="dev", project_id="acme-data", dataset_name="recommendations")


def logged():
    import bigflow.log
    from bigflow import monitoring

    bigflow.log.init_logging({}, "recommendations")
    return monitoring
